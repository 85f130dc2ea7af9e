"""The sentence that goes with an answer: what a filter left out, and what the query's author warns of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from gfmd_kg.catalogue.lookup import Lookup
from gfmd_kg.catalogue.model import Answer, CannedQuery, Term
from gfmd_kg.catalogue.rows import Folded
from gfmd_kg.namespaces import local_name

_WORDS = {
    "en": {
        "left_out": "{column}: {shown} shown; left out by '{param}':",
        "none": "with none stated",
        "empty": "No source states anything here.",
        "true": "true",
        "false": "false",
    },
    "fr": {
        "left_out": "{column} : {shown} au total ; hors du filtre « {param} » :",
        "none": "sans indication",
        "empty": "Aucune source n’énonce rien ici.",
        "true": "vrai",
        "false": "faux",
    },
    "es": {
        "left_out": "{column}: {shown} en total; fuera del filtro «{param}»:",
        "none": "sin indicación",
        "empty": "Ninguna fuente enuncia nada aquí.",
        "true": "verdadero",
        "false": "falso",
    },
}


_READ = {
    "en": "{name}: “{given}” was read as {label} [{slug}].",
    "fr": "{name} : « {given} » a été lu comme {label} [{slug}].",
    "es": "{name}: «{given}» se ha leído como {label} [{slug}].",
}


def write_readings(answer: Answer) -> str | None:
    """A sentence in the language of the answer for each name that was read, or ``None``."""
    told = [
        _READ[answer.lang].format(
            name=name, given=each.given, label=each.item.label, slug=local_name(each.item.iri).split("/")[-1]
        )
        for name, readings in answer.read_as.items()
        for each in readings
    ]
    return " ".join(told) or None


@dataclass(frozen=True)
class Omission:
    """What one parameter left out: how many things of ``counted`` per value of its column."""

    param: str
    counted: str
    by_value: Mapping[Term | None, int]


def write_note(
    query: CannedQuery, rows: Sequence[Folded], omissions: Sequence[Omission], lookup: Lookup, lang: str
) -> str | None:
    """The note in ``lang``, or ``None`` if there is nothing to say."""
    words = _WORDS[lang]
    parts = []
    if not rows:
        parts.append(words["empty"])
    for omission in omissions:
        shown = len({row.terms[omission.counted] for row in rows})
        listed = [f"{count} {_name(value, lookup, lang)}" for value, count in _ordered(omission.by_value)]
        if listed:
            column = query.header.columns[omission.counted].label.in_language(lang)
            sentence = words["left_out"].format(column=column, shown=shown, param=omission.param)
            parts.append(f"{sentence} {', '.join(listed)}.")
    if query.header.note:
        parts.append(query.header.note.in_language(lang))
    return " ".join(parts) or None


def _ordered(by_value: Mapping[Term | None, int]) -> list[tuple[Term | None, int]]:
    return sorted(by_value.items(), key=lambda item: (item[0] is None, -item[1], str(item[0])))


def _name(value: Term | None, lookup: Lookup, lang: str) -> str:
    if isinstance(value, NamedNode):
        return lookup.items([value.value], lang)[value.value].label
    if isinstance(value, Literal):
        return _WORDS[lang].get(value.value, value.value)
    return _WORDS[lang]["none"]
