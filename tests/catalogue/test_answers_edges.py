"""An answer to the last cell: what every kind of value becomes, the order, the page, the note."""

from __future__ import annotations

import pytest
from tests.catalogue.invented import ID, PASSAGE, QUERY, TRIG, Engine, column, text

from gfmd_kg.catalogue.model import EMPTY, Answer, Cell, Found, Item, Source
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.errors import EngineError, ParameterError, UnknownError
from gfmd_kg.store.engine import Solutions

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


def test_columns_may_follow_a_folded_one(invented: Catalogue):
    text = QUERY.replace(column("names", "string", list=True), "", 1)
    text = text.replace("#+ [columns.text]", column("names", "string", list=True) + "#+ [columns.text]", 1)
    text = text.replace("?members ?names", "?members", 1).replace("?kind ?text", "?kind ?names ?text", 1)
    path = invented.get("all-there-is").path.with_name("other.rq")
    path.write_text(text, encoding="utf-8")
    queries = load_queries(path.parent.parent)
    (row,) = Catalogue(queries, Engine(TRIG), "v1").ask("other", {"kind": ["old"]}).rows
    assert list(row.cells) == list(queries["other"].columns)
    assert (row.cells["names"], row.cells["size"]) == (Cell("alpha; zet"), Cell(10))


def test_a_truth_value_has_two_forms(invented: Catalogue):
    trig = TRIG.replace("gfmd:active true", 'gfmd:active "1"^^xsd:boolean', 1)
    big = _ask(Catalogue({query.id: query for query in invented}, Engine(trig), "v1")).rows[2]
    assert big.cells["active"] == Cell(True)


def test_the_note_of_the_query_comes_last_in_the_language_of_the_answer(invented: Catalogue):
    path = invented.get("all-there-is").path
    path.write_text(text("note", "Beware") + QUERY, encoding="utf-8")
    catalogue = Catalogue(load_queries(path.parent.parent), Engine(TRIG), "v1")
    assert _ask(catalogue).note == "Beware"
    assert _ask(catalogue, basis="editorial", lang="es").note == "Ninguna fuente enuncia nada aquí. Beware S"


def test_values_left_out_as_often_are_told_in_the_order_of_their_letters(invented: Catalogue):
    path = invented.get("all-there-is").path
    changed = QUERY
    for old, new in (
        ("[params.active]", "[params.text]"),
        ('type = "boolean"', 'type = "string"'),
        ("# param active", "# param text"),
        ("?active = ?given_active", "STR(?text) = STR(?given_active)"),
    ):
        assert old in changed
        changed = changed.replace(old, new, 1)
    path.write_text(changed, encoding="utf-8")
    more = 'GRAPH <passage/paper/p1> { <id/mechanism/x> gfmd:text "b" . <id/mechanism/y> gfmd:text "a" }'
    catalogue = Catalogue(load_queries(path.parent.parent), Engine(TRIG + more), "v1")
    assert _ask(catalogue, text="bare").note == "the thing: 1 shown; left out by 'text': 2 Text, 1 a, 1 b."


def test_choices_are_those_of_a_scheme_only(invented: Catalogue):
    path = invented.get("all-there-is").path
    path.write_text(
        QUERY.replace('type = "iri"\n#+ scheme', 'type = "thing"\n#+ scheme', 1), encoding="utf-8"
    )
    catalogue = Catalogue(load_queries(path.parent.parent), Engine(TRIG), "v1")
    assert catalogue.choices(catalogue.get("all-there-is"), "kind", "en") == []


@pytest.mark.parametrize(
    ("source", "short"),
    [
        (Source(PASSAGE + "paper/p1", "source", "paper", None, 3, 3), "paper:3"),
        (Source(PASSAGE + "paper/p1", "source", "paper", None, 3, 4), "paper:3-4"),
        (Source(PASSAGE + "paper/p1", "source", "paper"), "p1"),
        (Source(PASSAGE + "paper/p1", "source", None, None, 3, 4), "p1"),
        (Source("urn", "source"), "urn"),
    ],
)
def test_a_source_in_short(source: Source, short: str):
    assert source.short() == short


def test_an_engine_that_gives_other_columns_has_failed(invented: Catalogue):
    class Other(Engine):
        def select(self, text: str) -> Solutions:
            found = super().select(text)
            return Solutions(found.variables[2:], tuple(row[2:] for row in found.rows))

    catalogue = Catalogue({query.id: query for query in invented}, Other(TRIG), "v1")
    with pytest.raises(
        EngineError, match=r"^The engine's answer lacks what the query selects: thing, kind\.$"
    ):
        _ask(catalogue)


def test_what_has_no_value_stands_after_texts(invented: Catalogue):
    trig = """GRAPH graph:register { <passage/paper/p1> gfmd:scope <id/basis/source> }
    GRAPH <passage/paper/p1> {
      <id/mechanism/a> gfmd:text "t" . <id/mechanism/b> gfmd:text "t" ; gfmd:kind <id/category/z> .
      <id/mechanism/c> gfmd:text "t" ; gfmd:kind <id/category/y> .
    }"""
    path = invented.get("all-there-is").path
    path.write_text(QUERY.replace('["-order_weight", "size"]', '["kind"]', 1), encoding="utf-8")
    catalogue = Catalogue(load_queries(path.parent.parent), Engine(trig), "v1")
    assert _things(_ask(catalogue)) == ["c", "b", "a"]
