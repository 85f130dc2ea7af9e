"""The HTTP face of gfmd-kg: routes, negotiation and pages over a catalogue that it is handed."""
