"""The port that the server listens on."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from gfmd_kg.errors import CallError

BACKLOG = 2048


@dataclass(frozen=True)
class Place:
    """Where to listen; port 0 takes a free one."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """As the beginning of a link."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def listen(place: Place, *, shared: bool = False) -> socket.socket:
    """A listening socket, ``shared`` with the other processes of this server. Raises ``CallError``."""
    found = _bound(place, shared=shared)
    found.listen(BACKLOG)
    return found


def reserve(place: Place) -> socket.socket:
    """Hold a port, without listening, for processes that share it. Raises ``CallError`` if it is taken."""
    with _bound(place, shared=False) as probe:  # a shared one would not notice another shared one
        free = Place(place.host, probe.getsockname()[1])
    return _bound(free, shared=True)


def _bound(place: Place, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # the protocol is named, or else asyncio leaves out TCP_NODELAY and answers wait for an acknowledgement
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if shared:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.bind((place.host, place.port))
    except OSError as error:
        found.close()
        detail = f"Cannot listen on {place.host}, port {place.port}: {error.strerror}. Choose another port."
        raise CallError("port", str(place.port), detail) from error
    found.set_inheritable(False)
    return found
