"""The tests themselves: those of the program do not know the data, and say what they need."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LIVE_FOLDERS = {"competency", "data", "reference", "docs", "engines"}
"""The tests of the data, the documented examples, and other engines, which must give every live answer."""
EXEMPT = {"conftest.py", "core/test_suite.py", "mutation/mutate.py"}
"""What makes the fixtures, this module, and what ``make mutate`` runs over the live data."""


def _strangers() -> list[Path]:
    """The modules that must not know the live data."""
    found = [path.relative_to(TESTS) for path in sorted(TESTS.rglob("*.py"))]
    return [path for path in found if path.parts[0] not in LIVE_FOLDERS and str(path) not in EXEMPT]


def _faults(text: str) -> list[str]:
    """What of a module reaches the live data: its fixtures, the checkout's layout, its files."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=name):
                if name in ("live", "live_service", "live_server", "find_layout"):
                    found.append(name)
            case ast.BinOp(left=ast.Name(id="ROOT"), op=ast.Div(), right=ast.Constant(value=name)):
                if name in ("data", "release"):
                    found.append(f"ROOT / {name}")
    return found


@pytest.mark.parametrize("path", _strangers(), ids=str)
def test_a_test_of_the_program_does_not_know_the_data(path: Path):
    assert _faults((TESTS / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_x(live_service): ...",
        "def test_x(live): ...",
        "@pytest.mark.usefixtures('live_server')\ndef test_x(): ...",
        "request.getfixturevalue('live')",
        "from gfmd_kg.paths import find_layout\nfind_layout()",
        "import gfmd_kg.paths as p\np.find_layout()",
        "FILES = (ROOT / 'data').rglob('*')",
    ],
)
def test_a_test_that_does_is_seen(text: str):
    assert _faults(text)


def test_nothing_else_is_collected_that_needs_the_live_data(request: pytest.FixtureRequest):
    """Through fixtures of fixtures, too."""
    marked = [item for item in request.session.items if item.get_closest_marker("live")]
    assert {item.path.relative_to(TESTS).parts[0] for item in marked} <= LIVE_FOLDERS
