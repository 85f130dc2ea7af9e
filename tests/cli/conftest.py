"""The real command line, in a subprocess, over the miniature."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gfmd_kg.paths import Layout

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = str(Path(sys.executable).parent / "gfmd-kg")


@pytest.fixture(scope="session")
def run(miniature: Layout) -> Run:
    """Run ``gfmd-kg`` with arguments over the miniature."""

    def call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "COLUMNS": "160"}
        return subprocess.run(
            [COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **{"env": environment, **options},
        )

    return call
