"""Addresses of SPARQL endpoints: credentials are kept out of sight, and go nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler

from gfmd_kg.errors import CallError

Credentials = tuple[str, str]
"""User and password."""


@dataclass(frozen=True)
class Address:
    """Where an endpoint listens. ``str()`` of it may be shown to anyone: no user, password or parameters."""

    url: str = field(repr=False)
    shown: str
    credentials: Credentials | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.shown


def parse_address(text: str, field_name: str = "address") -> Address:
    """One address. Raises ``CallError``, which repeats nothing of it, since it may hold a password."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refused(field_name) from None
    if parts.scheme not in ("http", "https") or not host or parts.fragment or re.search(r"[\x00-\x20]", text):
        raise _refused(field_name)
    bracketed = f"[{host}]" if ":" in host else host
    place = bracketed if port is None else f"{bracketed}:{port}"
    credentials = None
    if parts.username is not None:
        credentials = unquote(parts.username), unquote(parts.password or "")
    plain = SplitResult(parts.scheme, place, parts.path, parts.query, "")
    return Address(urlunsplit(plain), urlunsplit(plain._replace(query="")), credentials)


def parse_addresses(text: str, field_name: str = "address") -> tuple[Address, ...]:
    """The addresses of a list with spaces or commas between; at least one."""
    found = tuple(parse_address(part, field_name) for part in re.split(r"[\s,]+", text) if part)
    if not found:
        raise _refused(field_name)
    return found


def _refused(field_name: str) -> CallError:
    return CallError(
        field_name, "", f"{field_name}: an endpoint's address is http://HOST/… or https://HOST/…."
    )


class NoRedirect(HTTPRedirectHandler):
    """Credentials and data go where the operator said, nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
