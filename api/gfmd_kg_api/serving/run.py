"""Run the server: uvicorn as it is, with the project's settings."""

from __future__ import annotations

import os
import socket

from gfmd_kg.errors import CallError
from gfmd_kg.paths import ROOT_VARIABLE, Layout, require_unix
from gfmd_kg.release import current_release
from gfmd_kg.store.engines.open import STORE_VARIABLE, open_engine
from gfmd_kg_api.settings import ROOT_PATH_VARIABLE, read_settings

APPLICATION = "gfmd_kg_api.asgi:app"
_KEEP_ALIVE_SECONDS = 75
"""Longer than a proxy in front keeps a connection, so that it never meets one that is just being closed."""
_TO_TRY = (
    "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp",
    "/queries/coverage-matrix?format=html",
    "/doc/mechanism/rcm",
)


def run(layout: Layout, host: str, port: int, workers: int | None = None, root_path: str = "") -> None:
    """Serve until told to stop, in ``workers`` processes, or as many as the settings say.

    Raises ``CallError`` if the address is taken, ``ReleaseError`` if no release is built.
    """
    require_unix("Serving")
    os.environ[ROOT_VARIABLE] = str(layout.root)  # what the processes of the server go by
    if root_path:
        os.environ[ROOT_PATH_VARIABLE] = root_path
    settings = read_settings()
    release = current_release(layout.release, check=False)  # its digest is checked where it is loaded
    store = os.environ.get(STORE_VARIABLE)
    if store:  # what is wrong with it is told here, once for all processes
        open_engine(layout, store).engine.close()
    port = _free_port(host, port)
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print(_greeting(address + settings.root_path, release.version), flush=True)
    import uvicorn  # noqa: PLC0415  (what is wrong with a call is told sooner)

    uvicorn.run(
        APPLICATION,
        host=host,
        port=port,
        workers=workers or settings.processes,
        log_level="error",
        server_header=False,
        http="httptools",
        ws="none",
        proxy_headers=False,  # the application reads them, with those that uvicorn does not know
        limit_concurrency=settings.connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.ending_seconds,
    )


def _free_port(host: str, port: int) -> int:
    """``port`` if it is free, or a free one for 0. Raises ``CallError``, which uvicorn would only log."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            detail = f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another port."
            raise CallError("port", str(port), detail) from error
        return int(probe.getsockname()[1])


def _greeting(address: str, version: str) -> str:
    links = "\n".join(f"  {address}{path}" for path in _TO_TRY)
    return f"gfmd-kg, release {version}, on {address}/ (stop with Ctrl+C). Three to try:\n{links}"
