"""Start to serve: take the port, open the release beside the imports, one process or several."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from pathlib import Path

from gfmd_kg.errors import GfmdError
from gfmd_kg.garbage import collect_rarely
from gfmd_kg.paths import Layout
from gfmd_kg.store.opening import STORE_VARIABLE, Opening
from gfmd_kg_api.listening import Place, listen, reserve
from gfmd_kg_api.processes import Supervisor, command_of_one
from gfmd_kg_api.settings import Settings, read_settings

_TO_TRY = (
    "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp",
    "/queries/coverage-matrix?format=html",
    "/doc/mechanism/rcm",
)


def run(layout: Layout, host: str, port: int) -> None:
    """Serve until told to stop, in as many processes as the settings say.

    Raises ``CallError`` if the address is taken, ``ReleaseError`` if no release is built.
    """
    settings = read_settings()
    place = Place(host, port)
    if settings.processes == 1:
        with listen(place) as listener:
            _serve(layout, settings, listener, greet=place)
        return
    # opened once here, so that what is wrong with it is told once
    from gfmd_kg.catalogue.service import open_service  # noqa: PLC0415

    service = open_service(layout, os.environ.get(STORE_VARIABLE))
    version = service.release.version
    service.engine.close()
    with reserve(place) as reserved:
        place = Place(host, reserved.getsockname()[1])
        print(_greeting(place, version), flush=True)
        command = command_of_one(str(layout.root), host, place.port)
        status = Supervisor(command, settings.processes, settings.ending_seconds, _complain).run()
    if status:
        sys.exit(status)


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


def _serve(layout: Layout, settings: Settings, listener: socket.socket, greet: Place | None) -> None:
    collect_rarely()
    opening = Opening(layout, os.environ.get(STORE_VARIABLE))
    # meanwhile, because it takes longer than the release does
    from gfmd_kg_api.server import serve  # noqa: PLC0415

    def say(version: str) -> None:
        if greet:
            print(_greeting(Place(greet.host, listener.getsockname()[1]), version), flush=True)

    serve(layout, settings, listener, opening, ready=say)


def _greeting(place: Place, version: str) -> str:
    links = "\n".join(f"  {place.address}{path}" for path in _TO_TRY)
    return f"gfmd-kg, release {version}, on {place.address}/ (stop with Ctrl+C). Three to try:\n{links}"


def _stop_with_parent() -> None:
    """The supervisor holds the other end of standard input: when it is gone, however it went, so is this."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    _stop_with_parent()
    try:
        with listen(Place(sys.argv[2], int(sys.argv[3])), shared=True) as own:
            _serve(Layout(Path(sys.argv[1])), read_settings(), own, greet=None)
    except GfmdError as error:
        print(f"gfmd-kg: {error}", file=sys.stderr)
        sys.exit(1)
