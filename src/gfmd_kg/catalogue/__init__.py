"""Canned queries: from the header of a file to parameters, a bound query and an answer with its sources."""
