"""The errors that this project raises on purpose.

Each carries the data of its message, so that the command line can turn it into a sentence and an exit
status, and the API into a problem document, in one place each.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LISTED = 12
"""How many allowed values a sentence names before it cuts the list."""

SHORTEST = 3
"""How many letters a word needs before a value that holds it counts as near."""


class GfmdError(Exception):
    """Root of the project's errors; ``str()`` of one is a sentence for a person."""


class DataError(GfmdError):
    """A file of the project is not what it must be.

    ``faults`` holds one sentence each: which thing, which property, which file and line, what is expected.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)  # what it is made from again when it comes from another process

    def __str__(self) -> str:
        return "\n".join(self.faults)


class SourceSyntaxError(DataError):
    """A Turtle, TriG or SPARQL file cannot be parsed; ``line`` counts from 1."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        where = f"{path}:{line}" if line else str(path)
        super().__init__([f"{where}: syntax error: {reason}"])


class EncodingError(GfmdError):
    """Bytes are not UTF-8; ``reason`` follows "it cannot be read:", ``line`` counts from 1 if it is known."""

    def __init__(self, line: int | None, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(line, reason)

    def __str__(self) -> str:
        return f"It cannot be read: {self.reason}."


class PlatformError(GfmdError):
    """This system lacks what the command needs."""


class ReasoningError(GfmdError):
    """The reasoner came to no end."""


class ReleaseError(GfmdError):
    """No release is there, or the one that is there is damaged."""


class OtherReleaseError(ReleaseError):
    """The endpoint to ask holds another release than the one in force here, or none; it may follow."""


@dataclass(frozen=True)
class Suggestion:
    """An allowed value that may have been meant, with its label; no value if none may."""

    value: str | None = None
    label: str | None = None


class CallError(GfmdError):
    """The caller asked for something that is not offered.

    ``field`` names what was wrong, ``given`` what came, ``allowed`` what may come (empty if it is not a
    list) and ``nearest`` the allowed value that is written most like the given one; or the ``suggestion`` of
    who knows the names of the values, whose ``label`` it carries.
    """

    def __init__(
        self,
        field: str,
        given: str,
        detail: str,
        allowed: Iterable[str] = (),
        suggestion: Suggestion | None = None,
    ) -> None:
        self.field = field
        self.given = given
        self.detail = detail
        self.allowed = tuple(allowed)
        self.nearest = suggestion.value if suggestion else nearest(given, self.allowed)
        self.nearest_label = suggestion.label if suggestion else None
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [self.detail]
        if self.nearest:
            label = f" ({self.nearest_label})" if self.nearest_label else ""
            parts.append(f"Nearest: {self.nearest}{label}.")
        if self.allowed:
            shown = ", ".join(self.allowed[:LISTED])
            more = len(self.allowed) - LISTED
            parts.append(f"Allowed: {shown}{f' and {more} more' if more > 0 else ''}.")
        return " ".join(parts)


class UnknownError(CallError):
    """The named query, thing, format or language does not exist."""


class ParameterError(CallError):
    """A parameter of a canned query is missing, unknown or has a value that is not allowed."""


class QueryRefusedError(CallError):
    """An ad-hoc SPARQL text is malformed or asks for something that is never run (updates, SERVICE)."""


class EngineError(GfmdError):
    """The query engine could not be reached or failed."""


class EndpointError(EngineError):
    """A SPARQL endpoint elsewhere failed. The sentence names its address, which strangers need not know."""


class EngineTimeoutError(EngineError):
    """The query engine gave up after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"The query was stopped after {seconds:g} seconds. Ask for less: add a LIMIT, name a subject, "
            "or use a canned query."
        )


class EngineBusyError(EngineError):
    """All query workers are taken; asking again later may work."""


class EngineMemoryError(EngineError):
    """The query needs more than the ``limit`` bytes of memory that its worker may have."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"The query needs more memory than it may have, {limit // 1024**2} MiB. Ask for less: leave "
            "ORDER BY or DISTINCT away, name a subject, or use a canned query."
        )


class NoFormatError(EngineError):
    """No format was named for a result of the ``kind`` that came."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"The result is of the kind '{kind}', for which no format was named.")


class NotInXmlError(GfmdError):
    """The result holds what no XML document may; ``reason`` says what, ``instead`` names other formats."""

    def __init__(self, reason: str, instead: str) -> None:
        self.reason = reason
        self.instead = instead
        super().__init__(reason, instead)

    def __str__(self) -> str:
        return f"The result cannot be written as XML: it holds {self.reason}. Ask for {self.instead} instead."


class NotIsolatedError(EngineError):
    """Ad-hoc queries are off: nothing keeps their workers from the network."""


class AbandonedError(EngineError):
    """Whoever asked has gone before the answer was there."""


class ResultTooLargeError(EngineError):
    """The result passed the limit of ``limit`` (a number of rows or bytes, named by ``unit``)."""

    def __init__(self, limit: int, unit: str) -> None:
        self.limit = limit
        self.unit = unit
        super().__init__(f"The result is larger than {limit} {unit}. Add a LIMIT or take an export instead.")


def nearest(given: str, allowed: Iterable[str]) -> str | None:
    """The allowed value that begins with ``given``, or holds it, or is written most like it, if any does."""
    folded = {value.casefold(): value for value in allowed}
    wanted = given.casefold()
    if len(wanted) >= SHORTEST:
        holding = [value for value in folded if wanted in value]
        if holding:
            return folded[min(holding, key=lambda value: (not value.startswith(wanted), len(value), value))]
    found = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None
