"""An answer asked before, against a plain ASGI callable that gives the same bytes.

From the application itself on plain uvicorn, and through nginx in front of it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.deploy.proxy import Front, fronting

from bench.load import Load, Request, against, alternate, faultless, press, rates, tails
from bench.plan import Plan
from bench.processes import Server, fetch, free_port, running, serving
from bench.rows import Row, at_least, at_most, ratio

PATHS = {
    "JSON, {} kB": "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp&format=json",
    "CSV, {} kB": "/queries/mechanisms-by-area?area=labour-migration&format=csv",
    "JSON, {} kB ": "/queries/guiding-questions?format=json",
    "CSV, {} kB ": "/queries/practices?basis=all&format=csv",
}
"""A small and a large answer of each format; the sizes are measured."""
_ADHOC = "/sparql?" + urlencode(
    {"query": "SELECT ?area WHERE { mechanism:rcm gfmd:coversArea ?area } ORDER BY ?area", "format": "srj"}
)
_OF_THE_HOP = frozenset(["date", "connection", "server"])
UNCHANGED = "&unchanged"
"""Behind a query string of the ceiling: the answer of status 304."""
PROCESSES = "GFMD_KG_PROCESSES"
GAIN = 1.7


def measure(plan: Plan) -> Iterator[Row]:
    """Answers and 304s against the ceiling."""
    with serving() as ours, tempfile.TemporaryDirectory() as folder:
        prepared, names = _prepare(ours, Path(folder), {**PATHS, "ad-hoc SPARQL by GET, {} kB": _ADHOC})
        with ceiling(prepared) as theirs:
            for server in (ours, theirs):  # the first second of a process is not its usual one
                press(server.address, [Request(names[0][1], {})], plan.seconds)
            for name, path, headers in names:
                there = [Request(path + UNCHANGED if headers else path, headers)]
                loads = alternate(
                    {
                        "ours": _press(ours, [Request(path, headers)], plan),
                        "ceiling": _press(theirs, there, plan),
                    },
                    plan.rounds,
                )
                yield from _compare(name, loads, 0.8)


def through_nginx(plan: Plan) -> Iterator[Row]:
    """The same through ``deploy/nginx.conf`` with one worker, which keeps answers itself."""
    with serving() as ours, tempfile.TemporaryDirectory() as folder:
        prepared, names = _prepare(ours, Path(folder), PATHS)
        with ceiling(prepared) as theirs, _fronting(Path(folder) / "nginx", ours) as nginx:
            for name, path, headers in names:
                there = [Request(path + UNCHANGED if headers else path, headers)]
                front = Server(nginx.address, ours.pid)
                loads = alternate(
                    {
                        "ours": _press(front, [Request(path, headers)], plan),
                        "ceiling": _press(theirs, there, plan),
                    },
                    plan.rounds,
                )
                yield from _compare(f"through nginx, {name}", loads, 2.0)


def processes(plan: Plan) -> Iterator[Row]:
    """Two server processes against one: with answers that are kept, and with nothing kept.

    A server that is as fast as the load generator finds no processor to spare on a small machine; one that
    makes each answer anew does.
    """
    yield _gain("two processes against one, answers asked before", {}, plan)
    yield _gain("two processes against one, answers made anew", {"GFMD_KG_CACHE_MB": "0"}, plan)


def _fronting(folder: Path, ours: Server) -> AbstractContextManager[Front]:
    """nginx as it is deployed, but for the limit of requests: all of them come from one address here."""
    return fronting(folder, ours.address, {"limit_req zone=requests burst=200 nodelay;": ""})


def _gain(name: str, settings: Mapping[str, str], plan: Plan) -> Row:
    requests = [Request(PATHS["JSON, {} kB"], {})]
    with serving({**settings, PROCESSES: "1"}) as one, serving({**settings, PROCESSES: "2"}) as two:
        loads = alternate(
            {"two": _press(two, requests, plan), "one": _press(one, requests, plan)}, plan.rounds
        )
    faultless(loads)
    gained = ratio(rates(loads["two"]), rates(loads["one"]))
    left = len(os.sched_getaffinity(0)) - median(load.cores for load in loads["two"])
    detail = (
        f"{against(rates(loads['two']), rates(loads['one']), ' /s')}; wrk leaves the servers {left:.1f} cores"
    )
    target = f"≥ {GAIN} where the load generator leaves room"
    return Row(name, f"{gained:.2f} ({detail})", target, gained >= GAIN if left >= GAIN else None)


def _press(server: Server, requests: list[Request], plan: Plan) -> Callable[[], Load]:
    return lambda: press(server.address, requests, plan.seconds)


def _compare(name: str, loads: Mapping[str, list[Load]], target: float) -> Iterator[Row]:
    faultless(loads)
    ours, theirs = loads["ours"], loads["ceiling"]
    detail = against(rates(ours), rates(theirs), " /s")
    yield at_least(f"{name}: throughput of the ceiling", ratio(rates(ours), rates(theirs)), target, detail)
    detail = against(tails(ours), tails(theirs), " ms")
    yield at_most(f"{name}: p99 of the ceiling's", ratio(tails(ours), tails(theirs)), 2.0, detail)


def _prepare(
    ours: Server, folder: Path, paths: Mapping[str, str]
) -> tuple[Path, list[tuple[str, str, dict[str, str]]]]:
    """Ask each question once, and lay the same answer out for the ceiling."""
    answers: dict[str, tuple[int, list[tuple[str, str]], str]] = {}
    names: list[tuple[str, str, dict[str, str]]] = []
    bodies: dict[str, bytes] = {}
    for number, (title, path) in enumerate(paths.items()):
        headers, body = fetch(ours.address + path)
        passed = [(name, value) for name, value in headers.items() if name not in _OF_THE_HOP]
        file = folder / str(number)
        file.write_bytes(body)
        (folder / "none").touch()
        query = path.split("?")[1]
        answers[query] = (200, passed, str(file))
        bodies[query] = body
        label = title.strip().format(round(len(body) / 1000))
        names.append((f"asked before, {label}", path, {}))
        unchanged = [pair for pair in passed if pair[0] not in ("content-length", "content-type")]
        answers[query + UNCHANGED] = (304, unchanged, str(folder / "none"))
        if number in (0, len(PATHS) - 1) and title in PATHS:
            names.append((f"not modified (304), {label}", path, {"If-None-Match": headers["etag"]}))
    prepared = folder / "answers.json"
    prepared.write_text(json.dumps(answers), encoding="utf-8")
    return prepared, names


@contextmanager
def ceiling(prepared: Path) -> Iterator[Server]:
    """The plain ASGI callable, with the answers laid out for it."""
    port = free_port()
    script = Path(__file__).with_name("ceiling.py")
    with running([sys.executable, script, str(port), prepared], port, "/") as server:
        yield server
