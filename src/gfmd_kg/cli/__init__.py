"""The command line: thin commands. Data on standard output, messages on standard error."""
