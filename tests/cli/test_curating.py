"""build, validate, format, passage, verify-sources, stats, diff."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

MINIATURE = Path(__file__).parents[1] / "fixtures" / "miniature"


def test_an_unchanged_build_says_so_and_names_the_release(run):
    result = run("build")
    assert result.returncode == 0
    version = result.stdout.strip()
    assert len(version) == 12
    assert result.stderr == f"Nothing has changed: release {version} stays in force.\n"


def test_stats_counts(run):
    content = json.loads(run("stats").stdout)
    classes = content["things_by_class"]
    assert content["version"] == run("build").stdout.strip()
    assert (classes["AreaOfActivity"], classes["CompactElement"], classes["CompactTheme"]) == (17, 24, 6)
    assert (classes["Recommendation"], classes["Roundtable"]) == (3, 3)
    assert content["passages_by_document"] == {"example-2031-report": 62, "example-2033-paper": 23}
    assert content["statements"] == sum(content["statements_by_graph"].values())
    assert content["triples"] == len(run("export", "--format", "nt").stdout.splitlines())
    assert content["triples"] < content["statements"]


@pytest.fixture(scope="module")
def spoilt(run, tmp_path_factory):
    """What ``validate`` says of three files that each hold a fault, and where they lie."""
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "bad.trig").write_text(
        "@prefix gfmd: <https://w3id.org/gfmd-kg/ontology#> .\n"
        "@prefix graph: <https://w3id.org/gfmd-kg/graph/> .\n"
        "@prefix mechanism: <https://w3id.org/gfmd-kg/id/mechanism/> .\n"
        "@prefix report: <https://w3id.org/gfmd-kg/passage/example-2031-report/> .\n"
        "@prefix theme: <https://w3id.org/gfmd-kg/id/theme/> .\n"
        "\n"
        "report:table-1.l34 {\n"
        "    mechanism:far-lands-assembly gfmd:coversArea theme:drivers .\n"
        "}\n",
        encoding="utf-8",
    )
    (folder / "elsewhere.trig").write_text(
        "<https://w3id.org/gfmd-kg/passage/example-2031-report/table-1.l34> {"
        " <https://w3id.org/gfmd-kg/id/area/nowhere> a <https://w3id.org/gfmd-kg/ontology#Nothing> . }\n",
        encoding="utf-8",
    )
    (folder / "second.trig").write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix area: <https://w3id.org/gfmd-kg/id/area/> .\n"
        "@prefix graph: <https://w3id.org/gfmd-kg/graph/> .\n"
        "\n"
        "graph:vocabularies {\n"
        '    area:health skos:prefLabel "Another name"@en .\n'
        "}\n",
        encoding="utf-8",
    )
    return run("validate", *map(str, sorted(folder.iterdir()))), folder


@pytest.mark.slow
def test_validate_names_file_line_thing_property_and_expectation(spoilt):
    result, folder = spoilt
    assert (result.returncode, result.stdout) == (1, "")
    where = f"{folder}/bad.trig:8: mechanism/far-lands-assembly, coversArea (theme/drivers): "
    assert where in result.stderr


@pytest.mark.slow
def test_validate_tells_faults_whose_place_it_cannot_find(spoilt):
    assert "area/nowhere" in spoilt[0].stderr


@pytest.mark.slow
def test_validate_tells_what_a_file_adds_to_a_thing_of_another(spoilt):
    result, folder = spoilt
    assert f"{folder}/second.trig:6: area/health, prefLabel" in result.stderr


@pytest.mark.slow
def test_validate_leaves_out_what_stands_in_other_files(spoilt):
    assert "ontology/vocabularies.ttl:" not in spoilt[0].stderr


def test_validate_refuses_what_it_would_not_read(run, tmp_path: Path):
    turtle = tmp_path / "new.ttl"
    turtle.write_text("this is no Turtle", encoding="utf-8")
    result = run("validate", str(turtle))
    assert (result.returncode, result.stdout) == (2, "")
    assert "new.ttl is no TriG file" in result.stderr


def test_validate_refuses_a_syntax_error_with_its_line(run, tmp_path: Path):
    bad = tmp_path / "bad.trig"
    bad.write_text(
        "@prefix gfmd: <https://w3id.org/gfmd-kg/ontology#> .\n\ngfmd:a { gfmd:b gfmd:c }\n", encoding="utf-8"
    )
    result = run("validate", str(bad))
    assert result.returncode == 1
    assert f"{bad}:3: syntax error" in result.stderr


@pytest.mark.slow
def test_the_data_are_valid(run):
    result = run("validate")
    assert result.returncode == 0
    assert ", no violation, " in result.stderr


def test_format_check_and_change(run, tmp_path: Path):
    file = tmp_path / "one.trig"
    canonical = (MINIATURE / "data" / "register.trig").read_text(encoding="utf-8")
    file.write_text(canonical.replace("    ", "  "), encoding="utf-8")
    assert run("format", "--check", str(file)).returncode == 1
    assert run("format", str(file)).stderr == "1 files, 1 changed.\n"
    assert file.read_text(encoding="utf-8") == canonical
    assert run("format", "--check", str(file)).returncode == 0


def test_passage_prints_the_digest_of_the_folded_lines(run, tmp_path: Path):
    text = tmp_path / "text.txt"
    text.write_text("one\n two\t three \n\nfour\n", encoding="utf-8")
    result = run("passage", str(text), "2", "4")
    assert result.stdout.splitlines() == [  # the digest is that of "two three four"
        "gfmd:firstLine 2 ;",
        "gfmd:lastLine 4 ;",
        'gfmd:digest "8ded58b05b28be7aa16bfb57bfcb1ac01d292d2766c519d408691a02caccff3d" .',
    ]
    assert run("passage", str(text), "4", "9").returncode == 2


def test_verify_sources_agrees_with_the_texts(run):
    result = run("verify-sources", str(MINIATURE / "texts"))
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "85 passages and 102 printed names agree with the texts.\n"


def test_verify_sources_reports_a_text_that_differs(run, tmp_path: Path):
    shutil.copytree(MINIATURE / "texts", tmp_path, dirs_exist_ok=True)
    text = tmp_path / "example-2031-report.txt"
    lines = text.read_text(encoding="utf-8").split("\n")
    lines[33] = "another line"
    text.write_text("\n".join(lines), encoding="utf-8")
    result = run("verify-sources", str(tmp_path))
    assert result.returncode == 1
    where = "example-2031-report, line 34 (passage/example-2031-report/table-1.l34)"
    assert f"{where}: the digest does not match the text" in result.stderr
    assert "the lines do not print the name of: mechanism/blue-river-dialogue nameAsPrinted" in result.stderr
    assert "line 36" not in result.stderr


def test_verify_sources_reports_a_missing_text(run, tmp_path: Path):
    result = run("verify-sources", str(tmp_path))
    assert result.returncode == 1
    assert "the text edition cannot be read" in result.stderr


def test_the_map_of_lines_says_what_is_stated_and_what_is_left_out(run):
    result = run("stats", "--coverage", str(MINIATURE / "texts"), "--format", "json")
    assert result.returncode == 0, result.stderr
    assert [row for row in json.loads(result.stdout) if row["document"] == "example-2033-paper"] == [
        {"document": "example-2033-paper", "lines": "not blank", "number": "26"},
        {"document": "example-2033-paper", "lines": "in a passage", "number": "25"},
        {
            "document": "example-2033-paper",
            "lines": "left out: closing remark: says nothing of a mechanism",
            "number": "1",
        },
    ]


def test_diff_of_two_releases(run, tmp_path: Path):
    old, new = tmp_path / "old.nq", tmp_path / "new.nq"
    old.write_text("<a:a> <a:p> <a:b> <a:g> .\n<a:a> <a:p> <a:c> <a:g> .\n", encoding="utf-8")
    shutil.copy(old, new)
    assert run("diff", str(old), str(new)).stderr == "0 gone, 0 come.\n"
    new.write_text("<a:a> <a:p> <a:b> <a:g> .\n<a:a> <a:p> <a:d> <a:g> .\n", encoding="utf-8")
    result = run("diff", str(old), str(new))
    assert result.stdout == "- <a:a> <a:p> <a:c> <a:g> .\n+ <a:a> <a:p> <a:d> <a:g> .\n"
