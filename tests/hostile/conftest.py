"""Count what the attacks came to, and print it at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from tests.deploy.fixtures import echo, front, fronted, hasty, told  # noqa: F401

_TALLY: dict[str, Counter[str]] = {}
OUTCOMES = ("tried", "refused", "survived", "lost")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Callable[[int], None]]:
    """Note the status of an answer under the name of the test; 0 for none, which is a lost answer."""
    counts = _TALLY.setdefault(request.node.originalname, Counter())

    def note(status: int) -> None:
        kind = "lost" if status in (0, 500) else "refused" if status >= 400 else "survived"
        counts.update(["tried", kind])

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each attack: tried, refused, survived, lost answers."""
    if _TALLY:
        terminalreporter.section("attacks and faults")
        for name, counts in _TALLY.items():
            figures = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
            terminalreporter.write_line(f"{name.removeprefix('test_').replace('_', ' ')}: {figures}")
