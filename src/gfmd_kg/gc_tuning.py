"""How often Python looks for garbage in a process of this project."""

from __future__ import annotations

import gc

_THRESHOLDS = (20_000, 20, 50)
"""Objects made until the youngest are looked through, and passes until the next older are."""


def tune_gc() -> None:
    """Look for circular garbage less often than Python does by itself; for the start of a process.

    A graph, and a long answer of a hundred thousand terms, are objects that stay. Python would walk over all
    of them again and again while they are made, which takes a third of a long answer's time.
    """
    gc.set_threshold(*_THRESHOLDS)
