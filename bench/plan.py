"""How long a run takes its time for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """``rounds``: alternating rounds of each comparison; ``seconds``: length of a round under load;
    ``starts`` and ``builds``: rounds of what takes seconds itself; ``sizes``: the larger graphs;
    ``thousand``: whether the largest is measured too."""

    rounds: int = 5
    seconds: int = 2
    starts: int = 5
    builds: int = 5
    sizes: tuple[int, ...] = (10, 100)
    thousand: bool = False


def quick() -> Plan:
    """A look in two minutes; too few rounds to be written down."""
    return Plan(rounds=3, seconds=1, starts=3, builds=1, sizes=(10,))
