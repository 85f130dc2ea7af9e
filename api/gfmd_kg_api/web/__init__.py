"""Pages for people: templates and the words they use."""
