"""The wheel works outside the checkout: build it, install it into an empty environment, ask a question."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gfmd_kg.paths import ROOT_VARIABLE, Layout

ROOT = Path(__file__).parents[2]
QUESTION = ["ask", "mechanisms-by-area", "area=labour-migration", "category=rcp", "--format", "json"]


@pytest.mark.slow
def test_the_wheel_answers_far_from_the_checkout(built: Layout, tmp_path: Path):
    for name in ("src", "api"):
        shutil.copytree(ROOT / name, built.root / name)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, built.root)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, str(built.root)], check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("gfmd_kg-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    locked = str(ROOT / "constraints" / "run.txt")
    subprocess.run([*pip, "--require-hashes", "-r", locked], check=True, capture_output=True, timeout=300)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True, timeout=120)
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", ROOT_VARIABLE))}
    answer = subprocess.run(
        [str(python.parent / "gfmd-kg"), *QUESTION],
        check=True,
        capture_output=True,
        timeout=60,
        cwd=outside,
        env=bare,
    )
    rows = json.loads(answer.stdout)["rows"]
    assert [row["mechanism"]["iri"].rpartition("/")[2] for row in rows] == [
        "amber-coast-process",
        "cedar-hills-forum",
    ]
