"""Files and standard input as people's editors and systems write them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import COMMAND

QUERY = 'SELECT (STRLEN("été d’Abou") AS ?n) {}'


def _latin() -> dict[str, str]:
    """The environment of a call whose system is set to Latin-1."""
    return {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}


def _piped(data: bytes, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, *arguments],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_query_is_utf_8_with_or_without_a_mark_whatever_the_locale(run, miniature, tmp_path, mark: bytes):
    path = tmp_path / "query.rq"
    path.write_bytes(mark + QUERY.encode())
    assert run("sparql", f"@{path}", "--format", "csv", env=_latin()).stdout.split() == ["n", "10"]
    asked = _piped(
        mark + QUERY.encode(), "sparql", "-", "--format", "csv", PYTHONUTF8="0", PYTHONIOENCODING="latin-1"
    )
    assert (asked.returncode, asked.stdout.split()) == (0, [b"n", b"10"])


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp1252", "byte 0xe9 in line 1 is not UTF-8"), ("utf-16", "it is UTF-16, not UTF-8")],
)
def test_a_query_in_another_encoding_gives_one_sentence(run, miniature, tmp_path, encoding: str, words: str):
    path = tmp_path / "query.rq"
    path.write_bytes(QUERY.encode(encoding))
    told = [run("sparql", f"@{path}"), _piped(path.read_bytes(), "sparql", "-")]
    for result in told:
        errors = result.stderr if isinstance(result.stderr, str) else result.stderr.decode()
        assert result.returncode == 2
        assert errors == f"gfmd-kg: The query cannot be read: {words}: save it as UTF-8.\n"


def test_data_files_are_utf_8_with_or_without_a_mark(run, miniature, tmp_path):
    source = sorted(Path(miniature.data).rglob("crosswalks.trig"))[0]
    path = tmp_path / "data.trig"
    path.write_bytes(b"\xef\xbb\xbf" + source.read_bytes())
    assert run("format", str(path)).stderr == "1 files, 1 changed.\n"
    assert path.read_bytes() == source.read_bytes()
    path.write_text("<http://a/g> { <http://a/b> <http://a/c> 'é' }\n", encoding="latin-1")
    for command in ("format", "validate"):
        result = run(command, str(path))
        assert result.returncode == 1
        assert result.stderr == (
            f"gfmd-kg: {path}:1: syntax error: byte 0xe9 in line 1 is not UTF-8: save it as UTF-8\n"
        )
    other = tmp_path / "other.nq"
    other.write_bytes(path.read_bytes())
    result = run("diff", str(path), str(other))
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)


def test_a_no_break_space_is_a_space(run, miniature):
    plain = run("ask", "practices", "text=the coast", "--format", "json")
    printed = run("ask", "practices", "text=the\u00a0coast", "--format", "json")
    assert json.loads(printed.stdout)["total"] == json.loads(plain.stdout)["total"]


def test_help_in_french_is_written_whatever_the_locale(run, miniature):
    result = run("queries", "practices", "--lang", "fr", env=_latin(), encoding="utf-8")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Ne garder que" in result.stdout
