"""The real command line, in a subprocess, over the release of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = str(Path(sys.executable).parent / "gfmd-kg")


@pytest.fixture(scope="session")
def run() -> Run:
    """Run ``gfmd-kg`` with arguments; a release is built first if none fits the inputs."""
    subprocess.run([COMMAND, "build"], check=True, capture_output=True, timeout=300)

    def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        wide = {**os.environ, "COLUMNS": "160"}
        return subprocess.run(
            [COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **{"env": wide, **options},
        )

    return call
