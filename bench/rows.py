"""What a run measures, and the table that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

HEADS = ("what", "measured", "to reach", "reached")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``reached`` is ``None`` where nothing is to reach or nothing was measured."""

    name: str
    measured: str
    target: str = ""
    reached: bool | None = None

    def cells(self) -> tuple[str, str, str, str]:
        """The line as words."""
        verdict = "" if self.reached is None else "yes" if self.reached else "NO"
        return (self.name, self.measured, self.target or "–", verdict or "–")


def at_least(name: str, ratio: float, target: float, detail: str) -> Row:
    """A row whose ratio is to be ``target`` or more."""
    return Row(name, f"{ratio:.2f} ({detail})", f"≥ {target:g}", ratio >= target)


def at_most(name: str, value: float, target: float, detail: str, unit: str = "") -> Row:
    """A row whose value is to be ``target`` or less."""
    return Row(name, f"{value:.2f}{unit} ({detail})", f"≤ {target:g}{unit}", value <= target)


def ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """The median of the ratios round by round: neighbours in time share what else the machine does."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def draw(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table, aligned so that it reads well in a terminal."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    drawn = [_line(line, widths) for line in lines]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn) + "\n"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    inside = " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {inside} |"
