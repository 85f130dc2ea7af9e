"""From the words of a caller to typed terms, or to an error that names what is allowed."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.binding import SCOPE
from gfmd_kg.catalogue.header import COMMON, LANGUAGES, Header, ParamHeader
from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.naming import Reader
from gfmd_kg.catalogue.schemes import find_scheme
from gfmd_kg.errors import ParameterError
from gfmd_kg.namespaces import split_thing, thing

Terms = list[NamedNode | Literal]
BASES = ("source", "reference", "editorial", "all")
MAX_TEXT = 200
"""Characters of a text parameter."""
MAX_VALUES = 50
"""Values of one parameter."""
MAX_PAGE = 10_000
"""Rows of one page."""

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


@dataclass(frozen=True)
class Bound:
    """Checked parameters: the terms by slot, the words as understood, language and page.

    ``read_as`` has for each parameter the IRI that each name was read as.
    """

    terms: dict[str, Terms]
    words: dict[str, list[str]]
    lang: str
    limit: int | None
    offset: int
    read_as: dict[str, dict[str, str]] = field(default_factory=dict)


def check(header: Header, given: Mapping[str, Sequence[str]], lookup: Lookup) -> Bound:
    """Check every given parameter. Raises ``ParameterError``; nothing is ignored."""
    known = [*header.params, *COMMON]
    for name in given:
        if name not in known:
            raise ParameterError(name, name, f"There is no parameter '{name}'.", known)
    terms: dict[str, Terms] = {}
    words: dict[str, list[str]] = {}
    given = {name: [_with_plain_spaces(value) for value in values] for name, values in given.items()}
    asked = given.get("lang") or [LANGUAGES[0]]
    reader = Reader(lookup, asked[0] if asked[0] in LANGUAGES else LANGUAGES[0])
    for name, param in header.params.items():
        values = list(dict.fromkeys(given.get(name, ())))
        if values:
            found = _terms(name, param, values, reader)
            words[name] = [_word(term) for term in found]
            terms[name] = _as_written(param, found, lookup)
        elif param.required:
            raise ParameterError(name, "", f"The parameter '{name}' is required.", allowed(param, lookup))
    terms[SCOPE] = _scope(header, given, reader, words)
    lang = _single(given, "lang") or LANGUAGES[0]
    if lang not in LANGUAGES:
        raise ParameterError("lang", lang, f"The language '{lang}' is not offered.", LANGUAGES)
    limit = _integer(given, "limit")
    return Bound(terms, words, lang, limit, _integer(given, "offset") or 0, reader.read_as)


def _with_plain_spaces(value: str) -> str:
    """The value with a plain space for each kind of space: text copied from a page is full of others."""
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in value)


def allowed(param: ParamHeader, lookup: Lookup) -> tuple[str, ...]:
    """The values a caller may write, if they can be listed."""
    if param.type == "boolean":
        return ("true", "false")
    if param.type == "property":
        return tuple(lookup.properties())
    if param.type == "iri" and param.scheme:
        return tuple(lookup.members(find_scheme(param.scheme)))
    return ()


def _terms(name: str, param: ParamHeader, values: Sequence[str], reader: Reader) -> Terms:
    if len(values) > MAX_VALUES:
        raise ParameterError(name, str(len(values)), f"'{name}' takes at most {MAX_VALUES} values.")
    if len(values) > 1 and not param.repeatable:
        raise ParameterError(name, ", ".join(values), f"'{name}' takes one value only.")
    # once each, whatever they are called
    terms = list(dict.fromkeys(_term(name, param, value, reader) for value in values))
    if len(terms) < param.minimum:
        detail = f"'{name}' takes {param.minimum} different values or more: repeat it."
        raise ParameterError(name, ", ".join(values), detail)
    return terms


def _as_written(param: ParamHeader, terms: Terms, lookup: Lookup) -> Terms:
    """A text to look for as the data write it, in each of their spellings."""
    if not param.matches:
        return terms
    found = [Literal(text) for term in terms for text in lookup.spellings(term.value, param.matches)]
    return [text for text in found if _is_text(text.value)] or terms


def _term(name: str, param: ParamHeader, value: str, reader: Reader) -> NamedNode | Literal:
    match param.type:
        case "iri":
            return reader.member(name, value, param.scheme or "")
        case "thing":
            return reader.thing(name, value, param.scheme)
        case "property":
            return reader.property(name, value)
        case "boolean":
            if value not in ("true", "false"):
                raise ParameterError(name, value, f"'{name}' is true or false.", ("true", "false"))
            return Literal(value == "true")
        case "date":
            return date_term(name, value)
        case "string":
            return text_term(name, value)


def date_term(name: str, value: str) -> Literal:
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` as a literal of the XML Schema type of that precision."""
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    filled = value + "-01-01"[len(value) - 4 :] if _DATE.fullmatch(value) else ""
    try:
        datetime.date.fromisoformat(filled)
    except ValueError:
        form = "YYYY, YYYY-MM or YYYY-MM-DD"
        raise ParameterError(name, value, f"'{value}' is not a date: write {form}.") from None
    return Literal(value, datatype=NamedNode(f"http://www.w3.org/2001/XMLSchema#{kinds[len(value)]}"))


def text_term(name: str, value: str) -> Literal:
    """A text to look for, as a literal; ``ParameterError`` for an empty, overlong or unprintable one."""
    if len(value) > MAX_TEXT:
        raise ParameterError(name, value[:MAX_TEXT], f"'{name}' takes at most {MAX_TEXT} characters.")
    value = _with_plain_spaces(value)
    if not _is_text(value):
        raise ParameterError(name, value, f"'{name}' takes text without control characters and backslashes.")
    return Literal(value)


def _is_text(value: str) -> bool:
    return bool(value.strip()) and value.isprintable() and "\\" not in value


def _scope(
    header: Header, given: Mapping[str, Sequence[str]], reader: Reader, words: dict[str, list[str]]
) -> Terms:
    bases = list(dict.fromkeys(given.get("basis", ()))) or header.basis or ["source"]
    offered = (*header.basis, "all") if header.basis else BASES
    for base in bases:
        if base not in offered:
            detail = f"'{base}' is not a basis of statement" + (
                " that this query has." if header.basis else "."
            )
            raise ParameterError("basis", base, detail, offered)
    documents = list(dict.fromkeys(given.get("document", ())))
    words["basis"] = bases
    if documents:
        if not {"source", "all"} & set(bases):
            raise ParameterError(
                "basis", ", ".join(bases), "Documents state on the basis 'source' only.", ("source", "all")
            )
        found = dict.fromkeys(reader.member("document", value, "document") for value in documents)
        words["document"] = [_word(term) for term in found]
        return list(found)
    chosen = BASES[:-1] if "all" in bases else bases
    return [thing("basis", base) for base in chosen]


def _single(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = given.get(name, ())
    if len(set(values)) > 1:
        raise ParameterError(name, ", ".join(values), f"'{name}' takes one value only.")
    return values[0] if values else None


def _integer(given: Mapping[str, Sequence[str]], name: str) -> int | None:
    value = _single(given, name)
    if value is None:
        return None
    lowest = 1 if name == "limit" else 0
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < lowest or (lowest and int(value) > MAX_PAGE):
        top = f" to {MAX_PAGE}" if lowest else " or more"
        raise ParameterError(name, value, f"'{name}' is a whole number, {lowest}{top}.")
    return int(value)


def _word(term: NamedNode | Literal) -> str:
    if isinstance(term, Literal):
        return term.value
    parts = split_thing(term.value)
    return parts[1] if parts else term.value
