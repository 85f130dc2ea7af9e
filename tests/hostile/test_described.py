"""Requests made up from the API's own description: no fault of the server, and every answer as described."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
EXAMPLES = os.environ.get("HOSTILE_EXAMPLES", "10")
"""Random requests for each operation, beside those that cover each parameter's edges."""


@pytest.mark.slow
def test_the_api_is_as_it_describes_itself(server: str, tmp_path: Path):
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    found = subprocess.run(
        f"{SCHEMATHESIS} run {server}/openapi.json --checks {checks} --seed 1 "
        f"--phases coverage,fuzzing --max-examples {EXAMPLES} --warnings off".split(),
        capture_output=True,
        text=True,
        cwd=tmp_path,  # it keeps notes of its own where it runs
        timeout=1800,
        check=False,
    )
    assert found.returncode == 0, found.stdout[-5000:]
    assert "Tested: 48" in found.stdout
