"""From the curators' text files to one immutable release."""
