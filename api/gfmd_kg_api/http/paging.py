"""Links between the pages of an answer (RFC 8288)."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request

from gfmd_kg.catalogue.model import Answer


def page_links(request: Request, answer: Answer) -> dict[str, str]:
    """``self`` and, where they exist, ``first``, ``prev``, ``next``, ``last``, as paths with a query."""
    size = answer.limit or max(answer.total, 1)
    links = {"self": _address(request, answer.offset, size)}
    if answer.total > size or answer.offset:
        links["first"] = _address(request, 0, size)
    if answer.offset:
        links["prev"] = _address(request, max(0, answer.offset - size), size)
    if answer.truncated:
        links["next"] = _address(request, answer.offset + size, size)
    if answer.total > size:
        links["last"] = _address(request, (answer.total - 1) // size * size, size)
    return links


def _address(request: Request, offset: int, size: int) -> str:
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("limit", "offset") and value != ""
    ]
    pairs = [*kept, ("limit", str(size)), *([("offset", str(offset))] if offset else [])]
    return f"{request.scope['path']}?{urlencode(pairs)}"
