"""From the start of a process to its first answer, and what a serving process imports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.load import alternate
from bench.plan import Plan
from bench.processes import ROOT, await_answer, environment, free_port, release_in, serve_command
from bench.questions import Question
from bench.releases import copied
from bench.rows import Row, at_most, ratio
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.paths import Layout, find_layout
from gfmd_kg.release import current_release
from gfmd_kg.store.engines.memory import EmbeddedEngine

GIVEN = {"area": ["anti-trafficking"], "category": ["rcp"]}
QUERY = "mechanisms-by-area"
HEAVY = ("pyshacl", "owlrl", "rdflib", "SPARQLWrapper", "pyarrow", "xlsxwriter")
"""What the build, the remote engine and the tables need, and serving does not."""
_ASK_IMPORTS = (
    "import sys; import gfmd_kg.cli.main, uvicorn, gfmd_kg_api.app; "
    f"print(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
)


def measure(plan: Plan) -> Iterator[Row]:
    """The real size and ten times it."""
    yield _compare("the real release", find_layout(), None, plan.starts)
    tenfold = copied(10)
    yield _compare("10 times the data", tenfold, tenfold.root, plan.starts)
    yield imports()


def imports() -> Row:
    """Which heavy libraries the serving process loads."""
    found = subprocess.run(
        [sys.executable, "-c", _ASK_IMPORTS], capture_output=True, text=True, check=True, env=environment()
    ).stdout.split()
    wanted = not {"pyshacl", "owlrl", "rdflib"} & set(found)
    said = ", ".join(found) or "none"
    return Row(f"of {', '.join(HEAVY)} serving imports", said, "no pyshacl, owlrl, rdflib", wanted)


def _compare(name: str, layout: Layout, root: Path | None, rounds: int) -> Row:
    release = current_release(layout.release, check=False)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "query.rq"
        text.write_text(_bare_text(), encoding="utf-8")
        question = "/queries/mechanisms-by-area?area=anti-trafficking&category=rcp"

        def ours() -> float:
            port = free_port()
            address = f"http://127.0.0.1:{port}{question}"
            return _seconds(serve_command(port), address, release_in(root))

        def bare() -> float:
            port = free_port()
            script = Path(__file__).with_name("bare.py")
            return _seconds(
                [sys.executable, script, str(port), release.quads, text], f"http://127.0.0.1:{port}/"
            )

        seconds = alternate({"ours": ours, "bare": bare}, rounds)
    detail = f"{median(seconds['ours']):.2f} s against {median(seconds['bare']):.2f} s"
    return at_most(
        f"start to first answer against a bare FastAPI, {name}",
        ratio(seconds["ours"], seconds["bare"]),
        1.2,
        detail,
    )


def _bare_text() -> str:
    """The same question as the bare application runs it."""
    layout = find_layout()
    release = current_release(layout.release, check=False)
    catalogue = Catalogue(
        load_queries(layout.queries), EmbeddedEngine.load(release.quads, release.identity), release.version
    )
    return Question(catalogue.get(QUERY), GIVEN).text(catalogue)


def _seconds(command: Sequence[str | Path], address: str, settings: Mapping[str, str] | None = None) -> float:
    started = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(settings),
    )
    try:
        await_answer(address, process)
        return time.monotonic() - started
    finally:
        process.terminate()
        process.communicate(timeout=30)
