"""The page ``docs/speed.md``, written by the run that measured what it says."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.rows import Row, draw
from bench.stages import Stage

_HEAD = """# Speed

Written by `make bench ARGS=--write`; no figure here is typed by hand. {machine}

{ceiling}

{table}
## Where the time goes

Measured in the same run, stage by stage; medians or single runs, so they explain and do not judge.

{stages}
{notes}"""
_CEILING = """Each ratio is the median of the ratios of its alternating rounds (this project and its peer in
turn, every other round backwards), over loopback, 16 connections, `wrk` with one thread on the same
machine. The ceiling is a plain ASGI callable on the same uvicorn, one process, that gives the same
headers and body. The larger graphs are made by `bench/synthetic.py`: every thing and passage again
under numbered names, vocabularies and states once."""


def machine() -> str:
    """Kind of machine, Python and date, in one sentence."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    model = models[0] if models else platform.machine()
    today = datetime.datetime.now(datetime.UTC)
    return (
        f"Machine: {os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}; {today:%d %B %Y}."
    )


def load_sentence(before: float, after: float) -> str:
    """Whether others used the machine: the load average (a minute) before and after."""
    return f"Load average of the machine before the run {before:.1f}, after it {after:.1f}."


def page(
    said: Sequence[str], rows: Iterable[Row], stages: Iterable[tuple[str, list[Stage]]], notes: str
) -> str:
    """The whole page."""
    tables = "\n".join(_stage_table(title, found) for title, found in stages)
    return _HEAD.format(
        machine=" ".join(said), ceiling=_CEILING, table=draw(rows), stages=tables, notes=notes
    )


def _stage_table(title: str, stages: list[Stage]) -> str:
    total = sum(seconds for _, seconds in stages)
    lines = [f"| {title} | ms | share |", "|---|---|---|"]
    lines += [f"| {name} | {1000 * seconds:.1f} | {seconds / total:.0%} |" for name, seconds in stages]
    return "\n".join(lines) + "\n"
