"""Open the release in force with the engine that answers from it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass

from gfmd_kg.paths import Layout
from gfmd_kg.release import Pointer, Release, current_release, read_pointer, unreadable
from gfmd_kg.store.address import parse_addresses
from gfmd_kg.store.engine import QueryEngine
from gfmd_kg.store.engines.disk import open_disk
from gfmd_kg.store.engines.memory import EmbeddedEngine

STORE_VARIABLE = "GFMD_KG_STORE"
"""Environment variable: ``disk``, or the SPARQL endpoints to ask, instead of a store in memory."""
DISK = "disk"


@dataclass(frozen=True)
class Opened:
    """A release and what answers from it.

    ``store`` says what that is: ``memory``, ``disk``, or an endpoint and the release that its pointer names.
    """

    release: Release
    engine: QueryEngine
    store: str


def open_engine(layout: Layout, endpoint: str | None = None) -> Opened:
    """Load the release in force into memory, or ask ``endpoint``, which must hold the same release.

    The endpoint ``disk`` is a store beside the release, made the first time.

    Raises ``ReleaseError`` if no release is built or the endpoint holds another one, ``EngineError`` if the
    endpoint cannot be reached.
    """
    if not endpoint:
        release = current_release(layout.release, check=False)
        return Opened(release, _load(release), "memory")
    release = current_release(layout.release)
    if endpoint == DISK:
        return Opened(release, open_disk(release), DISK)
    return Opened(release, *_open_endpoint(endpoint, release.version))


def _load(release: Release) -> EmbeddedEngine:
    try:
        return EmbeddedEngine.load(release.quads, release.identity)
    except OSError as error:
        raise unreadable(release.folder.parent, error) from error


class Opening:
    """A release that is being opened in a thread of its own, while its caller imports what will serve it.

    ``seen`` is the pointer to the release as it was before, so that no change meanwhile goes unnoticed.
    """

    def __init__(self, layout: Layout, endpoint: str | None) -> None:
        self.seen: Pointer = read_pointer(layout.release)
        found: Future[Opened] = Future()
        self._found: Future[Opened] | None = found
        # no daemon: a store that is being made on disk tidies up if the program is told to stop meanwhile
        self._thread = threading.Thread(target=_fill, args=(found, layout, endpoint), name="opening")
        self._thread.start()

    def take(self) -> Opened:
        """Wait for it, once; raises as ``open_engine`` does. Nothing of it is held here any longer."""
        assert self._found
        found, self._found = self._found, None
        self._thread.join()
        return found.result()


def _fill(found: Future[Opened], layout: Layout, endpoint: str | None) -> None:
    try:
        found.set_result(open_engine(layout, endpoint))
    except BaseException as error:  # raised again where it is waited for
        found.set_exception(error)


def _open_endpoint(endpoint: str, version: str) -> tuple[QueryEngine, str]:
    # imported where they are needed: the client takes longer to import than a release takes to load
    from gfmd_kg.store.engines.remote import RemoteEngine  # noqa: PLC0415
    from gfmd_kg.store.publishing.pointer import PublishedEngine, open_published  # noqa: PLC0415

    engine = open_published(RemoteEngine(parse_addresses(endpoint, STORE_VARIABLE)), version)
    named = f"release {version}" if isinstance(engine, PublishedEngine) else "release not named"
    return engine, f"endpoint, {named}"
