"""Choose format and language by what a client says it accepts (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from starlette.requests import Request

from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.errors import GfmdError, UnknownError

HTML = "text/html"


class NotAcceptableError(GfmdError):
    """The client accepts none of the offered media types."""

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        self.accept = accept
        self.offered = tuple(offered)
        super().__init__(f"None of the offered media types is accepted. Offered: {', '.join(offered)}.")


def choose_format(request: Request, offers: Mapping[str, str]) -> str:
    """The name of the format: that of ``?format=``, else the best of ``Accept``; the first offer wins a tie.

    ``offers`` maps name to media type. Raises ``UnknownError`` for an unknown ``?format=``,
    ``NotAcceptableError`` if nothing offered is accepted.
    """
    wanted = request.query_params.get("format")
    if wanted is not None:
        if wanted not in offers:
            raise UnknownError("format", wanted, f"The format '{wanted}' is not offered here.", offers)
        return wanted
    return choose_accepted(accepted(request), offers)


def accepted(request: Request) -> str:
    """All that the request says that it accepts."""
    return ",".join(request.headers.getlist("accept")) or "*/*"


def choose_accepted(accept: str, offers: Mapping[str, str]) -> str:
    """As ``choose_format``, by ``Accept`` alone."""
    ranges = parse_weighted(accept)
    best, weight = "", 0.0
    for name, media_type in offers.items():
        found = _weight(media_type, ranges)
        if found > weight:
            best, weight = name, found
    if not best:
        raise NotAcceptableError(accept, list(dict.fromkeys(offers.values())))
    return best


def choose_language(request: Request) -> str:
    """The language of ``?lang=`` if it is offered, else the best of ``Accept-Language``, else English."""
    wanted = request.query_params.get("lang")
    if wanted in LANGUAGES:
        return str(wanted)
    return best_language(",".join(request.headers.getlist("accept-language")))


def best_language(accepted: str) -> str:
    """The language that ``Accept-Language`` wants most, else English."""
    best, weight = LANGUAGES[0], 0.0
    for tag, quality in parse_weighted(accepted):
        primary = tag.split("-")[0]
        if primary in LANGUAGES and quality > weight:
            best, weight = primary, quality
    return best


def requested_language(request: Request) -> str:
    """As ``choose_language``, but an unknown ``?lang=`` raises ``UnknownError`` instead of falling back."""
    wanted = request.query_params.get("lang")
    if wanted is not None and wanted not in LANGUAGES:
        raise UnknownError("lang", wanted, f"The language '{wanted}' is not offered.", LANGUAGES)
    return choose_language(request)


def canonical_accept(accept: str, offered: Collection[str]) -> str:
    """One text for all ``Accept`` headers that choose alike: sorted, without types that are never offered."""
    ranges: dict[str, float] = {}
    known = {"*/*", *offered, *(f"{media_type.split('/')[0]}/*" for media_type in offered)}
    for value, quality in parse_weighted(accept or "*/*"):
        if value in known:
            ranges[value] = max(quality, ranges.get(value, 0.0))
    return ",".join(f"{value};q={quality}" for value, quality in sorted(ranges.items()))


def parse_weighted(text: str) -> list[tuple[str, float]]:
    """Items of an ``Accept`` header with their quality; one with a malformed quality counts for nothing."""
    found = []
    for item in text.lower().split(","):
        value, *parameters = (part.strip() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                quality = _quality(parameter[2:])
        if value:
            found.append((value, quality))
    return found


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that covers the media type."""
    major = media_type.split("/", maxsplit=1)[0]
    for wanted in (media_type, f"{major}/*", "*/*"):
        matching = [quality for value, quality in ranges if value == wanted]
        if matching:
            return max(matching)
    return 0.0
