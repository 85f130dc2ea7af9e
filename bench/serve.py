"""The project's server over the release of another folder; imports what ``gfmd-kg serve`` imports."""

from __future__ import annotations

import sys
from pathlib import Path

import gfmd_kg.cli.main  # noqa: F401
from gfmd_kg.paths import Layout


def main(root: str, port: str) -> None:
    """Serve until told to stop."""
    from gfmd_kg_api.starting import run  # noqa: PLC0415  (as the command does)

    run(Layout(Path(root)), "127.0.0.1", int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
