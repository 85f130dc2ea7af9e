"""A whole build of the real graph against pySHACL alone on the same graph and shapes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from pyoxigraph import RdfFormat, serialize

from bench.load import alternate
from bench.plan import Plan
from bench.processes import ROOT, environment
from bench.releases import sibling
from bench.rows import Row, at_most, ratio
from gfmd_kg.build.load import load_all
from gfmd_kg.paths import find_layout

_BUILD = (
    "import sys; from pathlib import Path; from gfmd_kg.build.pipeline import build; "
    "from gfmd_kg.paths import Layout; build(Layout(Path(sys.argv[1])), force=True)"
)
_VALIDATE = (
    "import sys, rdflib, pyshacl; "
    "data = rdflib.Graph().parse(sys.argv[1], format='nt'); shapes = rdflib.Graph(); "
    "[shapes.parse(path, format='turtle') for path in sys.argv[2:]]; "
    "pyshacl.validate(data, shacl_graph=shapes, inference='none', advanced=False)"
)


def measure(plan: Plan) -> Iterator[Row]:
    """Both as processes of their own, so that imports count for both."""
    layout = find_layout()
    scratch = sibling("build")
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / "merged.nt"
        triples = {quad.triple for quad in load_all(layout)}
        merged.write_bytes(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
        shapes = sorted(layout.shapes.glob("*.ttl"))
        seconds = alternate(
            {
                "build": lambda: _seconds(_BUILD, [scratch.root]),
                "pyshacl": lambda: _seconds(_VALIDATE, [merged, *shapes]),
            },
            plan.builds,
        )
    detail = f"{median(seconds['build']):.1f} s against {median(seconds['pyshacl']):.1f} s"
    yield at_most(
        "a forced build against pySHACL alone on the same graph",
        ratio(seconds["build"], seconds["pyshacl"]),
        1.5,
        detail,
    )


def _seconds(program: str, arguments: Sequence[Path]) -> float:
    started = time.monotonic()
    command = [sys.executable, "-c", program, *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment(), capture_output=True)
    return time.monotonic() - started
