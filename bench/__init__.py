"""This project and its peers side by side, measured in one run on one machine."""
