"""``python -m bench``: measure everything side by side, print the table, write it down."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from bench import adhoc, building, cached, growth, held, runaways, stages, start, uncached
from bench.load import MISSING, find_wrk
from bench.plan import Plan, quick
from bench.processes import PEERS, ROOT
from bench.releases import SCRATCH
from bench.report import load_sentence, machine, page
from bench.rows import Row, draw
from gfmd_kg.errors import ReleaseError
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release

GROUPS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "cached": cached.measure,
    "nginx": cached.through_nginx,
    "processes": cached.processes,
    "uncached": uncached.measure,
    "adhoc": adhoc.measure,
    "growth": growth.measure,
    "start": start.measure,
    "memory": held.measure,
    "build": building.measure,
    "runaways": runaways.measure,
}
RESULT = SCRATCH / "speed.md"
PAGE = ROOT / "docs" / "speed.md"
NOTES = ROOT / "bench" / "notes.md"


def main() -> int:
    """Exit status: 0 every row reached, 1 some are not, 2 something that is needed is missing."""
    options = _options()
    missing = _missing()
    if missing:
        print(missing, file=sys.stderr)
        return 2
    plan = replace(quick() if options.quick else Plan(), thousand=options.thousand)
    chosen = options.only or list(GROUPS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers it started stop, too
    before, began = os.getloadavg()[0], time.monotonic()
    rows: list[Row] = []
    for name in chosen:
        started = time.monotonic()
        for row in GROUPS[name](plan):
            print(draw([row]).splitlines()[-1], file=sys.stderr, flush=True)
            rows.append(row)
        print(f"  {name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    said = [machine(), load_sentence(before, os.getloadavg()[0])]
    profile = [] if options.only else list(_profile())
    text = page(said, rows, profile, NOTES.read_text(encoding="utf-8"))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    print(draw(rows))
    print(f"{' '.join(said)} {time.monotonic() - began:.0f} s in all; written to {RESULT.relative_to(ROOT)}.")
    failed = [row.name for row in rows if row.reached is False]
    print("Every row is reached." if not failed else f"Not reached: {'; '.join(failed)}.")
    return 1 if failed else 0


def _profile() -> Iterator[tuple[str, list[stages.Stage]]]:
    yield "start of a server", list(stages.start_stages())
    yield "a build", list(stages.build_stages())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, smaller graphs")
    parser.add_argument(
        "--thousand", action="store_true", help="also the graph of 1 000 times the size, on disk"
    )
    parser.add_argument("--write", action="store_true", help="write docs/speed.md")
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="only this group; repeatable")
    options = parser.parse_args()
    if options.write and (options.quick or options.only):
        parser.error("docs/speed.md is written by a whole run only: leave out --quick and --only")
    return options


def _missing() -> str | None:
    if find_wrk() is None:
        return MISSING
    if not (PEERS / "oxigraph").is_file():
        return "The peers are not installed: run it as 'make bench', which does that first."
    try:
        current_release(find_layout().release, check=False)
    except ReleaseError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main())
