"""The map of lines: what is stated, what is left out with a reason, what nobody accounts for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from gfmd_kg.build.coverage import Coverage, cover
from gfmd_kg.errors import DataError, SourceSyntaxError

REGISTER = """
@prefix gfmd: <https://w3id.org/gfmd-kg/ontology#> .
@prefix graph: <https://w3id.org/gfmd-kg/graph/> .
@prefix document: <https://w3id.org/gfmd-kg/id/document/> .
@prefix passage: <https://w3id.org/gfmd-kg/passage/report/> .
graph:register {
    document:report gfmd:textEdition "report.txt" .
    passage:a gfmd:inDocument document:report ; gfmd:firstLine 2 ; gfmd:lastLine 3 ; gfmd:digest "0" .
}
"""


def _cover(folder: Path, omitted: str) -> Coverage:
    (folder / "report.txt").write_text(
        "cover\nstated\nstated\n\nargument\n\nforgotten\nforgotten\n", encoding="utf-8"
    )
    (folder / "report.toml").write_text(omitted, encoding="utf-8")
    (found,) = cover(parse(input=REGISTER, format=RdfFormat.TRIG), folder, folder)
    return found


def test_every_line_that_is_not_blank_is_counted_once(tmp_path: Path):
    first = '[[left-out]]\nfirst = 1\nlast = 2\nreason = "cover"\n'
    omitted = first + '[[left-out]]\nfirst = 5\nlast = 6\nreason = "why"\n'
    found = _cover(tmp_path, omitted)
    assert found == Coverage("report", 6, 2, {"cover": 1, "why": 1}, ((7, 8),))


def test_without_a_list_everything_else_is_unaccounted(tmp_path: Path):
    assert _cover(tmp_path, "").unaccounted == ((1, 1), (5, 8))


@pytest.mark.parametrize(
    "omitted",
    [
        '[[left-out]]\nfirst = 3\nlast = 2\nreason = "x"\n',
        "[[left-out]]\nfirst = 3\nlast = 4\n",
        '[[left-out]]\nfirst = "3"\nlast = 4\nreason = "x"\n',
    ],
)
def test_a_malformed_range_is_named(tmp_path: Path, omitted: str):
    with pytest.raises(DataError, match="needs first, last"):
        _cover(tmp_path, omitted)


def test_a_list_that_is_no_toml_and_a_text_that_is_missing(tmp_path: Path):
    with pytest.raises(SourceSyntaxError):
        _cover(tmp_path, "[[left-out]")
    with pytest.raises(DataError, match="cannot be read"):
        cover(parse(input=REGISTER, format=RdfFormat.TRIG), tmp_path / "none", tmp_path / "elsewhere")
