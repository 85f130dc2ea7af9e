"""A query file that is not in order is refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfmd_kg.catalogue.registry import load_queries
from gfmd_kg.errors import DataError

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "queries" / "coverage" / "mechanisms-by-area.rq").read_text(encoding="utf-8")


def _load(folder: Path, text: str) -> None:
    (folder / "topic").mkdir(exist_ok=True)
    (folder / "topic" / "one.rq").write_text(text, encoding="utf-8")
    load_queries(folder)


def test_a_good_file_loads(tmp_path: Path):
    _load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('#+ title.en = "', '#+ titel.en = "', "titel"),
        ("#+ title.fr =", "#+ title.de =", "title.fr"),
        ('#+ tags = ["coverage"]', "#+ tags = [", "header"),
        ('scheme = "area"', 'scheme = "aera"', "params.area.scheme"),
        ('#+ scheme = "area"\n', "", "params.area.scheme"),
        ("#+ [params.area]", "#+ [params.lang]", "every query has a parameter of this name"),
        ("#+ [params.area]", "#+ [params.Area]", "lower-case"),
        ('omits = "mechanism"', 'omits = "nothing"', "params.category.omits"),
        ("# param", "#", "has no slot"),
        ("# scope", "# param scopes", "not a declared parameter"),
        ("SELECT ?mechanism ?category", "SELECT ?category ?mechanism", "projects"),
        ('type = "iri"', 'type = "url"', "type"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, fault: str):
    assert old in GOOD
    with pytest.raises(DataError) as caught:
        _load(tmp_path, GOOD.replace(old, new, 1))
    assert "one.rq" in str(caught.value)
    assert fault in str(caught.value)


def test_rows_that_could_not_be_traced_and_examples_that_are_missing_are_refused(tmp_path: Path):
    head = GOOD.partition("#+ [[examples]]")[0]
    body = GOOD[GOOD.index("PREFIX") :]
    with pytest.raises(DataError, match="examples"):
        _load(tmp_path, head + body)
    without = [line for line in GOOD.splitlines() if not line.startswith("SELECT")]
    select = "SELECT ?mechanism ?category WHERE {"
    at = next(number for number, line in enumerate(GOOD.splitlines()) if line.startswith("SELECT"))
    with pytest.raises(DataError, match="could not be traced"):
        _load(tmp_path, "\n".join([*without[:at], select, *without[at:]]))


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path):
    for topic in ("one", "two"):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / f"{topic}.rq").write_text(
            GOOD.replace("title.fr", "title.de", 1), encoding="utf-8"
        )
    with pytest.raises(DataError) as caught:
        load_queries(tmp_path)
    assert any("one.rq" in fault for fault in caught.value.faults)
    assert any("two.rq" in fault for fault in caught.value.faults)


def test_two_files_of_one_id_and_an_empty_folder_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match="no canned query"):
        load_queries(tmp_path)
    for topic in ("one", "two"):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / "same.rq").write_text(GOOD, encoding="utf-8")
    with pytest.raises(DataError, match="same id"):
        load_queries(tmp_path)
