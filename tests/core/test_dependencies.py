"""What the project uses of others is public; what needs no Unix system does without one."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OWN = ("gfmd_kg", "gfmd_kg_api", "bench")
INTERNAL = ("uvicorn.protocols", "uvicorn.loops", "uvicorn.lifespan", "uvicorn.supervisors", "starlette._")
UNIX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios", "uvloop")


def _imports() -> Iterator[tuple[str, str, str]]:
    """File, module and name of each import of another's; the name is empty where a module is imported."""
    for folder in ("src", "api", "bench"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ".peers" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    for alias in node.names:
                        yield str(path.relative_to(ROOT)), node.module, alias.name
                elif isinstance(node, ast.Import):
                    for alias in node.names:
                        yield str(path.relative_to(ROOT)), alias.name, ""


OTHERS = [each for each in _imports() if each[1].partition(".")[0] not in {*OWN, "__future__"}]


def test_no_private_name_or_internal_module_of_a_dependency_is_used():
    assert len(OTHERS) > 300, "the files are found"
    private = [
        each
        for each in OTHERS
        if each[1].startswith(INTERNAL)
        or any(part.startswith("_") and not part.startswith("__") for part in [*each[1].split("."), each[2]])
    ]
    assert private == []


def test_no_private_attribute_of_a_dependency_is_read():
    """``module._name`` of a module that is imported as such."""
    found = []
    for folder in ("src", "api"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            modules = {
                (alias.asname or alias.name).partition(".")[0]
                for node in ast.walk(tree)
                if isinstance(node, ast.Import)
                for alias in node.names
            }
            found += [
                f"{path.name}:{node.lineno}: {ast.unparse(node)}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in modules
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
            ]
    assert [each for each in found if not each.endswith(": os._exit")] == []  # public, for all its name


@pytest.mark.parametrize("name", ["gfmd_kg.cli.main", "gfmd_kg_api.asgi", "gfmd_kg_api.app"])
def test_importing_does_no_work(name: str):
    """No store is opened, no setting read, no thread begun: that is for whoever calls."""
    program = (
        "import os, sys, threading\n"
        "read = []\n"
        "class Watched(dict):\n"
        "    def get(self, name, default=None):\n"
        "        read.append(name); return super().get(name, default)\n"
        "    def __getitem__(self, name):\n"
        "        read.append(name); return super().__getitem__(name)\n"
        "os.environ = Watched(os.environ)\n"
        f"import {name}\n"
        "print([name for name in read if name.startswith('GFMD_KG')], threading.active_count())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] 1\n"


def test_the_package_has_the_modules_that_are_blocked():
    assert importlib.util.find_spec("fcntl"), "or the next test proves nothing"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["ask", "mechanisms", "--format", "csv"], 0, "blue-river-dialogue"),
        (["queries"], 0, "theme-elements"),
        (["describe", "theme/drivers", "--format", "turtle"], 0, "theme:drivers"),
        (["export", "--format", "nt"], 0, "<https://w3id.org/gfmd-kg/id/theme/drivers>"),
        (["build", "--force"], 2, "needs a Unix system: Linux, macOS, or WSL on Windows."),
        (["sparql", "ASK {}"], 2, "needs a Unix system: Linux, macOS, or WSL on Windows."),
        (["serve"], 2, "needs a Unix system: Linux, macOS, or WSL on Windows."),
    ],
)
def test_what_only_reads_works_without_the_modules_of_unix(
    miniature, monkeypatch, arguments: list[str], status: int, said: str
):
    monkeypatch.setenv("GFMD_KG_ROOT", str(miniature.root))
    program = (
        "import sys\n"
        f"for name in {UNIX_ONLY!r}:\n"
        "    sys.modules[name] = None\n"
        "from gfmd_kg.cli.main import main\n"
        f"sys.argv = ['gfmd-kg', *{arguments!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert said in (done.stderr if status else done.stdout)
