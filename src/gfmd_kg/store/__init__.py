"""One interface to SPARQL engines, and what keeps strangers' queries harmless."""
