"""The header of a canned query file: TOML in ``#+`` comments, checked before anything runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gfmd_kg.errors import DataError

MARK = "#+"
LANGUAGES = ("en", "fr", "es")
COMMON = ("basis", "document", "lang", "limit", "offset")
"""Parameters that every canned query takes, beside its own."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in the three languages of the project."""

    en: str
    fr: str
    es: str

    def in_language(self, lang: str) -> str:
        """The text in ``lang``, one of ``LANGUAGES``."""
        return str(getattr(self, lang))


class ParamHeader(_Strict):
    """One parameter. ``scheme`` names where its allowed values come from; see ``schemes``.

    ``minimum`` is how many values a given parameter needs.
    ``matches`` names the properties of the ontology whose values a text is looked for in: it is given to the
    query as they write it, so that the query compares in its own way and still finds what folding finds.
    ``omits`` names the column whose things are counted when the parameter filters some out: the parameter
    then has a column of its own name.
    """

    type: Literal["iri", "thing", "property", "boolean", "date", "string"]
    description: Text
    required: bool = False
    repeatable: bool = True
    minimum: int = 1
    scheme: str | None = None
    matches: list[str] = Field(default_factory=list)
    omits: str | None = None


class ColumnHeader(_Strict):
    """One column. ``list`` folds the values of rows that are otherwise equal into one cell."""

    type: Literal["iri", "string", "integer", "double", "boolean", "date", "term"]
    label: Text
    list: bool = False


class Example(_Strict):
    """A call that shows the query; it runs in the tests. The first one is linked from the start page."""

    title: Text
    params: dict[str, str | list[str]] = Field(default_factory=dict)


class Header(_Strict):
    """The whole header. ``order`` sorts the rows: columns or ``order_*`` variables, ``-`` for falling.

    ``basis`` is for queries that make sense on other bases than ``source`` only: the default, and what is
    allowed.
    """

    title: Text
    description: Text
    tags: list[str]
    note: Text | None = None
    basis: list[str] = Field(default_factory=list)
    params: dict[str, ParamHeader] = Field(default_factory=dict)
    columns: dict[str, ColumnHeader]
    order: list[str] = Field(default_factory=list)
    examples: list[Example]


def parse_header(path: Path, text: str) -> Header:
    """The header of the query file ``path``; every fault names the key that is wrong."""
    lines = [line[len(MARK) :].removeprefix(" ") for line in text.splitlines() if line.startswith(MARK)]
    try:
        header = Header.model_validate(tomllib.loads("\n".join(lines)))
    except tomllib.TOMLDecodeError as error:
        raise DataError([f"{path}: header: {error}"]) from error
    except ValidationError as error:
        raise DataError(
            f"{path}: header: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        ) from error
    faults = [f"{path}: header: {fault}" for fault in _faults(header)]
    if faults:
        raise DataError(faults)
    return header


def _faults(header: Header) -> list[str]:
    faults = [
        f"params.{name}: every query has a parameter of this name" for name in header.params if name in COMMON
    ]
    faults += [
        f"{name}: not a name of lower-case letters, digits and _"
        for name in _names(header)
        if not _good(name)
    ]
    for name, param in header.params.items():
        if param.type == "iri" and not param.scheme:
            faults.append(f"params.{name}.scheme: an iri parameter must say where its values come from")
        if param.matches and param.type != "string":
            faults.append(f"params.{name}.matches: only a string is looked for in other values")
        if param.omits and (name not in header.columns or param.omits not in header.columns):
            faults.append(f"params.{name}.omits: parameter and counted thing must both be columns")
    faults += [
        f"order: {key} is neither a column nor order_*"
        for key in header.order
        if key.lstrip("-") not in header.columns and not key.lstrip("-").startswith("order_")
    ]
    if not header.examples:
        faults.append("examples: at least one is needed")
    return faults


def _names(header: Header) -> list[str]:
    return [*header.params, *header.columns]


def _good(name: str) -> bool:
    return bool(re.fullmatch(r"[a-z][a-z0-9_]*", name))
