"""An answer to the last cell: what every kind of value becomes, the order, the page, the note."""

from __future__ import annotations

import pytest
from tests.catalogue.invented import ID, PASSAGE, TRIG, Engine

from gfmd_kg.catalogue.model import EMPTY, Answer, Cell, Found, Item, Source
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.errors import ParameterError, UnknownError

OLD, NEW = Item(ID + "category/old", "old", "en"), Item(ID + "category/new", "new", "en")
BIG, SMALL = Item(ID + "mechanism/big", "Big", "en"), Item(ID + "mechanism/small", "Small", "en")
ALAND, ZEMBLA = Item(ID + "state/a", "Aland", "en"), Item(ID + "state/z", "Zembla", "en")
REFERENCE = "https://w3id.org/gfmd-kg/reference/un"


def _ask(catalogue: Catalogue, **given: str) -> Answer:
    return catalogue.ask("all-there-is", {name: [value] for name, value in given.items()})


def _things(answer: Answer) -> list[str]:
    return [row.cells["thing"].item.iri.rpartition("/")[2] for row in answer.rows if row.cells["thing"].item]


def test_every_kind_of_value_has_its_cell(invented: Catalogue):
    small, bare, big = _ask(invented).rows
    assert big.cells == {
        "thing": Cell(item=BIG),
        "thing_label": Cell("Big", "en"),
        "kind": Cell(item=OLD),
        "kind_label": Cell("old", "en"),
        "text": Cell("Text", "en"),
        "size": Cell(10),
        "ratio": Cell(0.5),
        "active": Cell(True),
        "value": Cell("2017"),
        "members": Cell("a, z", items=(ALAND, ZEMBLA)),
        "members_label": Cell("Aland, Zembla"),
        "names": Cell("alpha; zet"),
    }
    assert list(big.cells) == list(_ask(invented).query.columns)
    assert small.cells["value"] == Cell(item=Item("http://elsewhere/v", "v", None))
    assert small.cells["ratio"] == Cell(0.25), "a decimal is a number, too"
    assert small.cells["active"] == Cell(False)
    assert isinstance(small.cells["size"].value, int)
    for name in ("kind", "kind_label", "size", "ratio", "active"):
        assert bare.cells[name] == EMPTY
    assert (bare.cells["members"], bare.cells["members_label"]) == (Cell(""), Cell(""))
    assert bare.cells["names"] == EMPTY
    assert bare.cells["value"].item is None and bare.cells["value"].value
    assert bare.cells["thing_label"] == Cell("Bare", "fr")


def test_rows_name_their_sources_by_number_in_the_order_of_the_documents(invented: Catalogue):
    answer = _ask(invented)
    essay, second, first = PASSAGE + "essay/p9", PASSAGE + "paper/p2", PASSAGE + "paper/p1"
    assert answer.sources == (
        Source(essay, "source", "essay", None, 5, 5),
        Source(second, "source", "paper", None, 2, 2),
        Source(first, "source", "paper", "page 1", 10, 12),
        Source(REFERENCE, "source", None, "A resolution", None, None),
    )
    assert [row.sources for row in answer.rows] == [(1, 2), (0, 3), (1, 2)]
    assert [source.short() for source in answer.sources] == ["essay:5", "paper:2", "paper:10-12", "un"]


def test_rows_are_sorted_as_the_header_says(invented: Catalogue):
    """By the least weight, falling; then by the size, as a number, with what has none last."""
    assert _things(_ask(invented)) == ["small", "bare", "big"]
    assert _things(_ask(invented, lang="fr")) == ["small", "bare", "big"]


def test_rows_that_the_header_does_not_order_are_sorted_by_their_columns(invented: Catalogue):
    even = " ".join(
        f'GRAPH <passage/paper/p1> {{ <id/mechanism/{name}> gfmd:text "t" ; gfmd:value {value} }}'
        for name, value in (("c", '"b"'), ("b", "10"), ("a", "9"), ("a", '"a"'), ("a", "10"), ("a", "_:x"))
    )
    register = "GRAPH graph:register { <passage/paper/p1> gfmd:scope <id/basis/source> }"
    catalogue = Catalogue({query.id: query for query in invented}, Engine(even + register), "v1")
    rows = [(row.cells["thing_label"].value, row.cells["value"].value) for row in _ask(catalogue).rows]
    assert rows[:2] == [("mechanism/a", 9), ("mechanism/a", 10)], "numbers come first, by their size"
    assert {value for _, value in rows[2:4]} >= {"a"}
    assert rows[4:] == [("mechanism/b", 10), ("mechanism/c", "b")]


@pytest.mark.parametrize(
    ("limit", "offset", "things", "truncated"),
    [
        (None, None, ["small", "bare", "big"], False),
        ("1", None, ["small"], True),
        ("2", "1", ["bare", "big"], False),
        ("1", "1", ["bare"], True),
        (None, "2", ["big"], False),
        ("3", None, ["small", "bare", "big"], False),
        ("5", "3", [], False),
    ],
)
def test_a_page_holds_its_rows_and_their_sources_only(
    invented: Catalogue, limit: str | None, offset: str | None, things: list[str], truncated: bool
):
    given = {name: value for name, value in (("limit", limit), ("offset", offset)) if value}
    answer = _ask(invented, **given)
    assert (_things(answer), answer.truncated, answer.total) == (things, truncated, 3)
    assert (answer.limit, answer.offset) == (limit and int(limit), int(offset or 0))
    named = {number for row in answer.rows for number in row.sources}
    assert named == set(range(len(answer.sources)))


def test_an_answer_says_what_was_asked(invented: Catalogue):
    answer = _ask(invented, lang="fr", kind="category/old", active="true")
    assert answer.query is invented.get("all-there-is")
    assert answer.parameters == {"kind": ["old"], "active": ["true"], "basis": ["source"]}
    assert (answer.lang, answer.version) == ("fr", "v1")
    assert answer.rows[0].cells["thing_label"] == Cell("Grand", "fr")


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({}, None),
        ({"kind": "old"}, "the thing: 1 shown; left out by 'kind': 1 new, 1 with none stated."),
        (
            {"kind": "old", "lang": "fr"},
            "the thing F\u00a0: 1 au total\u00a0; hors du filtre «\u00a0kind\u00a0»\u00a0: "
            "1 neuf, 1 sans indication.",
        ),
        (
            {"kind": "old", "lang": "es"},
            "the thing S: 1 en total; fuera del filtro «kind»: 1 new, 1 sin indicación.",
        ),
        ({"active": "true"}, "the thing: 1 shown; left out by 'active': 1 false, 1 with none stated."),
        (
            {"active": "false", "lang": "fr"},
            "the thing F\u00a0: 1 au total\u00a0; hors du filtre «\u00a0active\u00a0»\u00a0: "
            "1 vrai, 1 sans indication.",
        ),
        (
            {"active": "false", "lang": "es"},
            "the thing S: 1 en total; fuera del filtro «active»: 1 verdadero, 1 sin indicación.",
        ),
        (
            {"kind": "old", "active": "false"},
            "No source states anything here. the thing: 0 shown; left out by 'kind': 1 new. "
            "the thing: 0 shown; left out by 'active': 1 true.",
        ),
        ({"basis": "editorial"}, "No source states anything here."),
        ({"basis": "editorial", "lang": "fr"}, "Aucune source n’énonce rien ici."),
        ({"basis": "editorial", "lang": "es"}, "Ninguna fuente enuncia nada aquí."),
    ],
)
def test_the_note_tells_what_a_filter_left_out(invented: Catalogue, given: dict[str, str], note: str | None):
    assert _ask(invented, **given).note == note


def test_what_is_left_out_is_counted_once_and_the_many_come_first(invented: Catalogue):
    more = " ".join(
        f"GRAPH <passage/paper/p{place}> {{ "
        f'<id/mechanism/{name}> gfmd:text "t{place}" ; gfmd:kind <id/category/new> }}'
        for name in ("x", "y")
        for place in (1, 2)
    )
    other = 'GRAPH <passage/paper/p1> { <id/mechanism/w> gfmd:text "w" ; gfmd:kind <id/category/ago> }'
    catalogue = Catalogue({query.id: query for query in invented}, Engine(TRIG + more + other), "v1")
    assert _ask(catalogue, kind="old").note == (
        "the thing: 1 shown; left out by 'kind': 3 new, 1 category/ago, 1 with none stated."
    )


def test_a_query_that_is_not_there_is_told_with_the_nearest(invented: Catalogue):
    with pytest.raises(UnknownError) as caught:
        invented.get("all-there-was")
    error = caught.value
    assert (error.field, error.given, error.nearest) == ("query", "all-there-was", "all-there-is")
    assert error.detail == "There is no canned query 'all-there-was'."
    assert error.allowed == ("all-there-is",)
    with pytest.raises(ParameterError):
        _ask(invented, size="1")


def test_search_finds_each_thing_once_with_the_name_that_fits_best():
    trig = """GRAPH graph:x {
      <id/area/b> rdfs:label "A Word"@en ; gfmd:synonymAsPrinted "a wordy name", "Wordless" .
      <id/area/a> skos:altLabel "word"@fr ; rdfs:label "Other"@en .
      <http://elsewhere/x> rdfs:label "word" . <id/area/c> rdfs:comment "word" .
    }"""
    catalogue = Catalogue({}, Engine(trig), "v1")
    assert catalogue.search("WORD", "en") == [
        Found(Item(ID + "area/a", "Other", "en"), "word", "fr", "alias"),
        Found(Item(ID + "area/b", "A Word", "en"), "A Word", "en", "label"),
    ]
    with pytest.raises(ParameterError) as caught:
        catalogue.search("", "en")
    assert caught.value.field == "text"


def test_choices_have_their_labels(invented: Catalogue):
    query = invented.get("all-there-is")
    assert invented.choices(query, "kind", "fr") == [
        ("new", Item(NEW.iri, "neuf", "fr")),
        ("old", OLD),
    ]
    assert invented.choices(query, "active", "fr") == [("true", None), ("false", None)]


def test_queries_are_listed_by_their_ids(invented: Catalogue):
    query = invented.get("all-there-is")
    catalogue = Catalogue({"b": query, "a": query}, Engine(), "v1")
    assert list(catalogue) == [query, query]
    assert catalogue.version == "v1"
    assert [catalogue.get(name) for name in ("a", "b")] == [query, query]
