"""Each format to the last byte, for an answer with every kind of cell."""

from __future__ import annotations

import dataclasses
import io
import json
import sys

import openpyxl
import pyarrow.parquet
import pytest
from tests.catalogue.invented import ID, PASSAGE, QUERY, TRIG, Engine

from gfmd_kg.catalogue.formats import ANSWER_FORMATS, find_answer_format, short_sources, table
from gfmd_kg.catalogue.model import Answer, Cell, Row
from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.errors import NotInXmlError, UnknownError

NAMES = [
    "thing",
    "thing_label",
    "kind",
    "kind_label",
    "text",
    "size",
    "ratio",
    "active",
    "value",
    "members",
    "members_label",
    "names",
]
BIG = [
    f"{ID}mechanism/big",
    "Big",
    f"{ID}category/old",
    "old",
    "Text",
    10,
    0.5,
    True,
    "2017",
    "a, z",
    "Aland, Zembla",
    "alpha; zet",
    "paper:2; paper:10-12",
]
BARE = [f"{ID}mechanism/bare", "Bare", None, None, "bare", None, None, None, "", "", "", None, "essay:5; un"]


@pytest.fixture
def answer(invented: Catalogue) -> Answer:
    """The bare and the big mechanism."""
    return invented.ask("all-there-is", {"offset": ["1"]})


def _write(answer: Answer, name: str) -> bytes:
    return find_answer_format(name).write(answer, {"self": "/here", "next": "/there"})


def _blank(row: list[object]) -> list[object]:
    """The row without the name of the blank node, which differs from run to run."""
    return [
        "" if name == "value" and row[0] == BARE[0] else x for name, x in zip([*NAMES, ""], row, strict=True)
    ]


def test_json(answer: Answer):
    body = _write(answer, "json").decode()
    content = json.loads(body)
    assert content["rows"][0]["value"].keys() == {"value"}
    content["rows"][0]["value"] = {}
    assert content == {
        "query": "all-there-is",
        "parameters": {"basis": ["source"]},
        "columns": NAMES,
        "rows": [
            {
                "thing": {"iri": BARE[0], "label": "Bare", "lang": "fr"},
                "thing_label": {"value": "Bare", "lang": "fr"},
                "kind": {},
                "kind_label": {},
                "text": {"value": "bare"},
                "size": {},
                "ratio": {},
                "active": {},
                "value": {},
                "members": {"value": ""},
                "members_label": {"value": ""},
                "names": {},
                "sources": [0, 3],
            },
            {
                "thing": {"iri": BIG[0], "label": "Big", "lang": "en"},
                "thing_label": {"value": "Big", "lang": "en"},
                "kind": {"iri": BIG[2], "label": "old", "lang": "en"},
                "kind_label": {"value": "old", "lang": "en"},
                "text": {"value": "Text", "lang": "en"},
                "size": {"value": 10},
                "ratio": {"value": 0.5},
                "active": {"value": True},
                "value": {"value": "2017"},
                "members": {
                    "value": "a, z",
                    "items": [
                        {"iri": f"{ID}state/a", "label": "Aland"},
                        {"iri": f"{ID}state/z", "label": "Zembla"},
                    ],
                },
                "members_label": {"value": "Aland, Zembla"},
                "names": {"value": "alpha; zet"},
                "sources": [1, 2],
            },
        ],
        "sources": [
            {
                "passage": PASSAGE + passage,
                "document": document,
                "locator": locator,
                "first_line": first,
                "last_line": last,
                "basis": "source",
            }
            for passage, document, locator, first, last in (
                ("essay/p9", "essay", None, 5, 5),
                ("paper/p2", "paper", None, 2, 2),
                ("paper/p1", "paper", "page 1", 10, 12),
            )
        ]
        + [
            {
                "passage": "https://w3id.org/gfmd-kg/reference/un",
                "document": None,
                "locator": "A resolution",
                "first_line": None,
                "last_line": None,
                "basis": "source",
            }
        ],
        "count": 2,
        "total": 3,
        "truncated": False,
        "lang": "en",
        "version": "v1",
        "links": {"self": "/here", "next": "/there"},
    }
    assert list(content["sources"][0])[-1] == "basis"


def test_json_has_a_member_a_row_and_a_source_a_line(invented: Catalogue):
    answer = invented.ask("all-there-is", {"kind": ["old"], "lang": ["fr"]})
    lines = _write(answer, "json").decode().split("\n")
    assert lines[0] == "{"
    assert lines[1] == ' "query": "all-there-is",'
    assert lines[4] == ' "rows": ['
    assert lines[5].startswith('  {"thing": {"iri": ') and lines[5].endswith('"sources": [0, 1]}')
    assert lines[6:8] == [" ],", ' "sources": [']
    assert lines[8].endswith("},") and lines[9].endswith("}") and lines[10] == " ],"
    assert lines[11:-3] == [
        ' "count": 1,',
        ' "total": 1,',
        ' "truncated": false,',
        f' "note": "{answer.note}",',
        ' "lang": "fr",',
        ' "version": "v1",',
    ]
    assert lines[-3:] == [' "links": {"self": "/here", "next": "/there"}', "}", ""]
    assert "«" in lines[14], "text is not escaped"
    empty = _write(invented.ask("all-there-is", {"offset": ["9"]}), "json").decode()
    assert ' "rows": [],\n "sources": [],\n' in empty


@pytest.mark.parametrize(("name", "mark", "end"), [("csv", ",", "\r\n"), ("tsv", "\t", "\n")])
def test_separated_values(answer: Answer, name: str, mark: str, end: str):
    lines = _write(answer, name).decode().split(end)
    assert lines[0] == mark.join([*NAMES, "sources"])
    words = ["true" if value is True else str(value) for value in BIG]
    quoted = [f'"{word}"' if mark in word else word for word in words]
    assert lines[2:] == [mark.join(quoted), ""]
    bare = lines[1].split(mark)
    assert _blank(bare) == ["" if value is None else value for value in BARE]


def test_false_is_written(invented: Catalogue):
    answer = invented.ask("all-there-is", {"limit": ["1"]})
    assert b",9,0.25,false,http://elsewhere/v," in _write(answer, "csv")


def test_a_table_has_native_values(answer: Answer):
    names, rows = table(answer)
    assert names == [*NAMES, "sources"]
    assert [_blank(row) for row in rows] == [BARE, BIG]
    assert short_sources(answer, answer.rows[1]) == "paper:2; paper:10-12"


def test_a_workbook(answer: Answer):
    book = openpyxl.load_workbook(io.BytesIO(_write(answer, "xlsx")))
    (sheet,) = book.worksheets
    assert sheet.title == "all-there-is"
    assert sheet.freeze_panes == "A2"
    header, bare, big = sheet.iter_rows()
    assert [cell.value for cell in header] == [*NAMES, "sources"]
    assert all(cell.font.bold for cell in header) and not big[0].font.bold
    assert [cell.value for cell in big] == BIG
    assert _blank([cell.value for cell in bare]) == [
        value or ("" if n == 8 else None) for n, value in enumerate(BARE)
    ]
    assert all(cell.hyperlink is None for cell in big)


def test_a_parquet_file_has_the_types_of_the_columns(answer: Answer):
    content = pyarrow.parquet.read_table(io.BytesIO(_write(answer, "parquet")))
    kinds = {"size": "int64", "ratio": "double", "active": "bool"}
    assert {field.name: str(field.type) for field in content.schema} == {
        name: kinds.get(name, "string") for name in [*NAMES, "sources"]
    }
    rows = content.to_pylist()
    assert list(rows[1].values()) == BIG
    assert _blank(list(rows[0].values())) == BARE


@pytest.mark.parametrize(("name", "module"), [("xlsx", "xlsxwriter"), ("parquet", "pyarrow")])
def test_a_format_whose_extra_is_not_installed_is_told(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, name: str, module: str
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnknownError) as caught:
        _write(answer, name)
    error = caught.value
    assert (error.field, error.given) == ("format", name)
    assert error.detail == f"The format '{name}' needs the extra 'tables': install gfmd-kg[tables]."
    assert error.allowed == ("json", "csv", "tsv", "srj", "srx")


def _literal(value: str, kind: str | None = None, lang: str | None = None) -> dict[str, str]:
    binding = {"type": "literal", "value": value}
    if lang:
        return binding | {"xml:lang": lang}
    return binding | ({"datatype": f"http://www.w3.org/2001/XMLSchema#{kind}"} if kind else {})


BINDINGS = {
    "thing": {"type": "uri", "value": BIG[0]},
    "thing_label": _literal("Big", lang="en"),
    "kind": {"type": "uri", "value": BIG[2]},
    "kind_label": _literal("old", lang="en"),
    "text": _literal("Text", lang="en"),
    "size": _literal("10", "integer"),
    "ratio": _literal("0.5", "double"),
    "active": _literal("true", "boolean"),
    "value": _literal("2017"),
    "members": _literal("a, z"),
    "members_label": _literal("Aland, Zembla"),
    "names": _literal("alpha; zet"),
}


def test_sparql_results_in_json(answer: Answer):
    body = _write(answer, "srj")
    assert body.endswith(b"}\n")
    content = json.loads(body)
    assert content["head"] == {"vars": NAMES}
    bare, big = content["results"]["bindings"]
    assert big == BINDINGS
    assert bare.pop("value").keys() == {"type", "value"}
    assert bare == {
        "thing": {"type": "uri", "value": BARE[0]},
        "thing_label": _literal("Bare", lang="fr"),
        "text": _literal("bare"),
        "members": _literal(""),
        "members_label": _literal(""),
    }
    assert list(content) == ["head", "results"]


def test_sparql_results_in_xml(invented: Catalogue):
    body = _write(invented.ask("all-there-is", {"offset": ["2"]}), "srx").decode()
    names = "".join(f'<variable name="{name}" />' for name in NAMES)
    cells = ""
    for name, binding in BINDINGS.items():
        if binding["type"] == "uri":
            inner = f"<uri>{binding['value']}</uri>"
        elif "xml:lang" in binding:
            inner = f'<literal xml:lang="{binding["xml:lang"]}">{binding["value"]}</literal>'
        elif "datatype" in binding:
            inner = f'<literal datatype="{binding["datatype"]}">{binding["value"]}</literal>'
        else:
            inner = f"<literal>{binding['value']}</literal>"
        cells += f'<binding name="{name}">{inner}</binding>'
    assert body == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        f"<head>{names}</head><results><result>{cells}</result></results></sparql>"
    )


def test_what_is_not_stated_has_no_binding_in_xml(answer: Answer):
    bare = _write(answer, "srx").decode().split("<result>")[1]
    assert '<binding name="text"><literal>bare</literal></binding>' in bare
    assert [name for name in NAMES if f'name="{name}"' not in bare] == [
        "kind",
        "kind_label",
        "size",
        "ratio",
        "active",
        "names",
    ]


def test_a_format_is_found_by_its_name():
    for name, choice in ANSWER_FORMATS.items():
        assert find_answer_format(name) is choice
        assert choice.name == choice.ending == name
    with pytest.raises(UnknownError) as caught:
        find_answer_format("cvs")
    error = caught.value
    assert (error.field, error.given, error.nearest) == ("format", "cvs", "csv")
    assert error.detail == "There is no answer format 'cvs'."
    assert error.allowed == tuple(ANSWER_FORMATS)


def test_a_workbook_takes_no_text_for_a_formula_and_a_title_has_31_letters(invented: Catalogue):
    query = invented.get("all-there-is")
    long = dataclasses.replace(query, id="a" * 40)
    trig = TRIG.replace('"alpha"', '"=1+1"', 1).replace('"Text"@en', '"https://x/y"', 2)
    answer = Catalogue({long.id: long}, Engine(trig), "v1").ask(long.id, {"kind": ["old"]})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(_write(answer, "xlsx"))).worksheets
    assert sheet.title == "a" * 31
    cells = dict(zip(NAMES, sheet[2], strict=False))
    assert (cells["names"].value, cells["names"].data_type) == ("=1+1; zet", "s")
    assert (cells["text"].value, cells["text"].hyperlink) == ("https://x/y", None)


def test_text_in_sparql_results_is_not_escaped(invented: Catalogue):
    answer = invented.ask("all-there-is", {"lang": ["fr"]})
    answer = dataclasses.replace(answer, rows=(Row({**answer.rows[0].cells, "text": Cell("é")}, ()),))
    assert '"value": "é"' in _write(answer, "srj").decode()


@pytest.mark.parametrize("letter", ["\x01", "\uffff"])
def test_a_value_that_xml_cannot_hold(tmp_path, letter: str):
    (tmp_path / "queries" / "topic").mkdir(parents=True)
    (tmp_path / "queries" / "topic" / "all-there-is.rq").write_text(QUERY, encoding="utf-8")
    trig = TRIG.replace('"Text"', f'"a{letter}b"')
    answer = Catalogue(load_queries(tmp_path / "queries"), Engine(trig), "v1").ask("all-there-is", {})
    with pytest.raises(NotInXmlError, match=f"U\\+{ord(letter):04X}"):
        find_answer_format("srx").write(answer, {})
    assert json.loads(find_answer_format("srj").write(answer, {}))
    sheet = openpyxl.load_workbook(io.BytesIO(find_answer_format("xlsx").write(answer, {}))).active
    assert str(sheet["E2"].value)[:1] + str(sheet["E2"].value)[-1:] == "ab"
