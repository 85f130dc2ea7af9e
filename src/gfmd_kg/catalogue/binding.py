"""Put checked, typed terms into the slots of a canned query.

A slot is a VALUES block with a comment: ``# param`` takes the parameter named like its variable,
``# param NAME`` another one, ``# scope`` the bases and documents asked for. Inside OPTIONAL the scope is a
``FILTER(?x IN (…))`` with the same comment, because engines evaluate a VALUES there for each row outside. A
value is never formatted into the text: it is made an RDF term, checked, and serialised by its type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.header import Header
from gfmd_kg.errors import DataError

SCOPE = "scope"
_SLOT = re.compile(
    r"VALUES\s+\?(?P<variable>\w+)\s*\{[^{}]*\}[ \t]*"
    r"#[ \t]*(?P<role>param|scope)\b[ \t]*(?P<name>\w*)"
    r"|FILTER\(\?(?P<filtered>\w+) IN \([^()]*\)\)[ \t]*#[ \t]*scope\b"
)
_IRI = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_XSD = "http://www.w3.org/2001/XMLSchema#"
_LEXICAL = {
    _XSD + "string": re.compile(r".*", re.DOTALL),
    _XSD + "boolean": re.compile(r"true|false"),
    _XSD + "gYear": re.compile(r"[0-9]{4}"),
    _XSD + "gYearMonth": re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])"),
    _XSD + "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}


def slots(text: str) -> set[str]:
    """The parameters that the text has a slot for; the scope slot counts as ``scope``."""
    return {_slot_name(match) for match in _SLOT.finditer(text)}


def check_slots(path: Path, text: str, header: Header) -> None:
    """Every parameter has a slot, every slot a parameter, and statements are chosen by scope."""
    found, wanted = slots(text), {*header.params, SCOPE}
    faults = [f"{path}: parameter '{name}' has no slot in the query" for name in sorted(wanted - found)]
    faults += [f"{path}: slot '{name}' is not a declared parameter" for name in sorted(found - wanted)]
    if faults:
        raise DataError(faults)


def bind(text: str, values: Mapping[str, Sequence[NamedNode | Literal]]) -> str:
    """The text with each slot filled.

    The slot of a parameter that is not given goes: a VALUES with nothing but UNDEF changes no row (SPARQL
    1.1, 10.2), but keeps some engines from joining what stands around it in a good order.
    """

    def fill(match: re.Match[str]) -> str:
        terms = values.get(_slot_name(match), ())
        if match["filtered"]:
            return f"FILTER(?{match['filtered']} IN ({', '.join(serialise(term) for term in terms)}))"
        if not terms:
            return ""
        return f"VALUES ?{match['variable']} {{ {' '.join(serialise(term) for term in terms)} }}"

    return _SLOT.sub(fill, text)


def serialise(term: NamedNode | Literal) -> str:
    """The SPARQL form of a checked term; ``ValueError`` for one that could not be told apart from syntax."""
    if isinstance(term, NamedNode):
        if not _IRI.fullmatch(term.value):
            raise ValueError(f"not an absolute http(s) IRI: {term.value!r}")
        return f"<{term.value}>"
    if _CONTROL.search(term.value) or not _LEXICAL[term.datatype.value].fullmatch(term.value):
        raise ValueError(f"not a value of {term.datatype.value}: {term.value!r}")
    quoted = '"' + term.value.replace('"', '\\"') + '"'
    return quoted if term.datatype.value == _XSD + "string" else f"{quoted}^^<{term.datatype.value}>"


def _slot_name(match: re.Match[str]) -> str:
    if match["filtered"] or match["role"] == SCOPE:
        return SCOPE
    return str(match["name"] or match["variable"])
