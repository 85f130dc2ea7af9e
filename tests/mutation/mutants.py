"""Corrupt the program, not the data: how many faults put into the code do the tests see?

``make mutants`` for the share of them that the tests kill, by module; exit status 1 if it is less than
``--share``, or if not all were tried within ``--minutes``. ARGS="gfmd_kg.catalogue.lookup*" tries those of
one module only, and shows what each survivor changes. It runs only tests that start no server.

mutmut takes one source root, and the name of a module from its path below it. So the two roots of the project
are copied into one, in ``.mutants``, and what the tests read beside them is linked.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGE = ROOT / ".mutants"
COMMAND = Path(sys.executable).parent / "mutmut"

MUTATED = (
    "src/gfmd_kg/catalogue/*",
    "src/gfmd_kg_api/http/*",
)
"""Whose faults the tests must see. In ``.mutants`` both packages stand below ``src``."""

TESTS = ("tests/catalogue", "tests/api/http", "-m", "not server and not live and not miniature")
"""What runs, as pytest is told. Each mutant has a run of its own, so nothing is built or started in it."""

PACKAGES = ("src/gfmd_kg", "api/gfmd_kg_api")
READ = ("ontology", "shapes", "queries", "data")
"""What the tests read of the project, beside the code and themselves."""

_RESULT = re.compile(r"^ +(?P<module>\S+)\.(?P<function>[^.\s]+): (?P<status>.+)$", re.MULTILINE)
_KILLED = ("killed", "timeout", "segfault")


def stage() -> None:
    """Lay the project out for mutmut."""
    shutil.rmtree(STAGE, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, STAGE / "src" / Path(package).name, ignore=unwanted)
    shutil.copytree(ROOT / "tests", STAGE / "tests", ignore=unwanted)
    shutil.copy2(ROOT / "pyproject.toml", STAGE)
    (STAGE / "mutants").mkdir()
    for name in READ:
        (STAGE / "mutants" / name).symlink_to(ROOT / name)
    for pattern in MUTATED:
        if not any(STAGE.glob(pattern)):
            sys.exit(f"{pattern} names no file")
    settings = {"source_paths": ["src"], "only_mutate": MUTATED, "pytest_add_cli_args_test_selection": TESTS}
    lines = ["[mutmut]", *("\n    ".join([f"{key} =", *values]) for key, values in settings.items()), ""]
    (STAGE / "setup.cfg").write_text("\n".join(lines), encoding="utf-8")


def run(names: Sequence[str], minutes: float) -> bool:
    """Try the mutants; whether all were tried within the time."""
    # the copies are found by mutmut itself; what is named here would be found before them
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    call = [str(COMMAND), "run", "--max-children", str(os.cpu_count() or 1), *names]
    process = subprocess.Popen(call, cwd=STAGE, env=environment, start_new_session=True)
    try:
        return process.wait(minutes * 60) == 0
    except subprocess.TimeoutExpired:
        print(f"\nNot all were tried within {minutes:g} minutes.")
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def tell(show: bool) -> float:
    """Print the share killed of what was tried, by module; the share of all."""
    told = _mutmut("results", "--all", "true")
    tried = [found for found in _RESULT.finditer(told) if found["status"] != "not checked"]
    total, killed = Counter[str](), Counter[str]()
    for found in tried:
        total[found["module"]] += 1
        killed[found["module"]] += found["status"] in _KILLED
        if show and found["status"] not in _KILLED:
            print(_mutmut("show", f"{found['module']}.{found['function']}"))
    if not total:
        print("No mutant was tried.")
        return 0.0
    for module in sorted(total):
        print(f"{module:45} {killed[module]:5} of {total[module]:5}  {killed[module] / total[module]:6.1%}")
    share = killed.total() / total.total()
    print(f"{'all':45} {killed.total():5} of {total.total():5}  {share:6.1%}")
    return share


def _mutmut(*call: str) -> str:
    return subprocess.run([COMMAND, *call], cwd=STAGE, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="mutants to try, with * in them; all if none is given")
    parser.add_argument("--share", type=float, default=0.85, help="exit status 1 if fewer are killed")
    parser.add_argument("--minutes", type=float, default=30.0, help="stop after this time")
    options = parser.parse_args()
    stage()
    whole = run(options.names, options.minutes)
    share = tell(show=bool(options.names))
    return 0 if whole and share >= options.share else 1


if __name__ == "__main__":
    sys.exit(main())
