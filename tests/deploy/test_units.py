"""The unit for systemd and the container file: what is said there fits the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from gfmd_kg_api.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "gfmd-kg@.service"
GIB = 1024**3


@pytest.fixture(scope="module")
def unit() -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def test_systemd_understands_the_unit(tmp_path: Path):
    command = shutil.which("systemd-analyze")
    if command is None:
        pytest.skip("systemd is not to be had here, so its unit was not checked by it")
    text = UNIT.read_text(encoding="utf-8").replace("/opt/gfmd-kg/.venv/bin/gfmd-kg", sys.executable)
    file = tmp_path / "gfmd-kg@8000.service"
    file.write_text(text, encoding="utf-8")
    found = subprocess.run(
        [command, "verify", "--man=no", file], capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_nothing_outlives_the_server(unit: dict[str, str]):
    assert unit["KillMode"] == "control-group"
    assert unit["OOMPolicy"] == "continue"
    assert float(unit["TimeoutStopSec"]) >= Settings().ending_seconds + 5


def test_the_memory_fits_the_workers(unit: dict[str, str]):
    for said in (
        unit["MemoryMax"].removesuffix("G"),
        _only(r"--memory (\d+)g", (DEPLOY / "Containerfile").read_text(encoding="utf-8")),
    ):
        assert int(said) * GIB >= (Settings().workers + 1) * GIB


def test_only_this_machine_reaches_the_port(unit: dict[str, str]):
    assert unit["ExecStart"].endswith("serve --host 127.0.0.1 --port %i")
    assert "--publish 127.0.0.1:8000:8000" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def test_the_base_of_the_container_is_named_by_who_builds_it():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE)) == {"${BASE}"}
    assert re.search(r"^ARG BASE$", text, flags=re.MULTILINE), "no image stands in for a missing one"


def test_the_health_check_asks_what_the_server_answers(server: str):
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    check = _only(r"HEALTHCHECK .*\\\n  CMD \[\"\.venv/bin/python\", \"-c\", \"(.*)\"\]", text)
    for address, status in ((server, 0), ("http://127.0.0.1:9", 1)):
        call = [sys.executable, "-c", check.replace("http://127.0.0.1:8000", address)]
        found = subprocess.run(call, capture_output=True, timeout=60, check=False)
        assert found.returncode == status, found.stderr


def _only(pattern: str, text: str) -> str:
    found = re.findall(pattern, text)
    assert len(found) == 1, pattern
    return str(found[0])
