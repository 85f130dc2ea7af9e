"""build, validate, format, passage, verify-sources, stats, diff."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = sorted(ROOT.parent.glob("*/*/003_9426656e3dc294cd.txt"))
"""The text editions, where somebody has laid them beside the checkout."""


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
    assert (classes["Recommendation"], classes["Criterion"]) == (10, 7)
    assert content["statements"] == sum(content["statements_by_graph"].values())


def test_validate_names_file_line_thing_property_and_expectation(run, tmp_path: Path):
    bad = tmp_path / "bad.trig"
    bad.write_text(
        "@prefix gfmd: <https://w3id.org/gfmd-kg/ontology#> .\n"
        "@prefix graph: <https://w3id.org/gfmd-kg/graph/> .\n"
        "@prefix grcp7-2017: <https://w3id.org/gfmd-kg/passage/grcp7-2017/> .\n"
        "@prefix mechanism: <https://w3id.org/gfmd-kg/id/mechanism/> .\n"
        "@prefix theme: <https://w3id.org/gfmd-kg/id/theme/> .\n"
        "\n"
        "grcp7-2017:annex-4-appendix-2.l655 {\n"
        "    mechanism:bali-process gfmd:coversArea theme:drivers .\n"
        "}\n",
        encoding="utf-8",
    )
    result = run("validate", str(bad))
    assert (result.returncode, result.stdout) == (1, "")
    assert f"{bad}:8: mechanism/bali-process, coversArea (theme/drivers): " in result.stderr


def test_validate_refuses_what_it_would_not_read(run, tmp_path: Path):
    turtle = tmp_path / "new.ttl"
    turtle.write_text("this is no Turtle", encoding="utf-8")
    result = run("validate", str(turtle))
    assert (result.returncode, result.stdout) == (2, "")
    assert "new.ttl is no TriG file" in result.stderr


def test_validate_tells_faults_whose_place_it_cannot_find(run, tmp_path: Path):
    bad = tmp_path / "elsewhere.trig"
    bad.write_text(
        "<https://w3id.org/gfmd-kg/passage/grcp7-2017/annex-4-appendix-2.l655> {"
        " <https://w3id.org/gfmd-kg/id/area/nowhere> a <https://w3id.org/gfmd-kg/ontology#Nothing> . }\n",
        encoding="utf-8",
    )
    result = run("validate", str(bad))
    assert result.returncode == 1
    assert "area/nowhere" in result.stderr


def test_validate_tells_what_a_file_adds_to_a_thing_of_another(run, tmp_path: Path):
    bad = tmp_path / "second.trig"
    bad.write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix area: <https://w3id.org/gfmd-kg/id/area/> .\n"
        "@prefix graph: <https://w3id.org/gfmd-kg/graph/> .\n"
        "\n"
        "graph:vocabularies {\n"
        '    area:health skos:prefLabel "Another name"@en .\n'
        "}\n",
        encoding="utf-8",
    )
    result = run("validate", str(bad))
    assert result.returncode == 1
    assert f"{bad}:6: area/health, prefLabel" in result.stderr


def test_validate_refuses_a_syntax_error_with_its_line(run, tmp_path: Path):
    bad = tmp_path / "bad.trig"
    bad.write_text(
        "@prefix gfmd: <https://w3id.org/gfmd-kg/ontology#> .\n\ngfmd:a { gfmd:b gfmd:c }\n", encoding="utf-8"
    )
    result = run("validate", str(bad))
    assert result.returncode == 1
    assert f"{bad}:3: syntax error" in result.stderr


def test_the_real_data_is_valid(run):
    result = run("validate")
    assert result.returncode == 0
    assert ", no violation, " in result.stderr


def test_format_check_and_change(run, tmp_path: Path):
    file = tmp_path / "one.trig"
    canonical = Path("data/sources/grcp7-2017/annex-2.trig").read_text(encoding="utf-8")
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


def test_verify_sources_reports_a_text_that_differs(run, tmp_path: Path):
    text = tmp_path / "003_9426656e3dc294cd.txt"
    text.write_text("\n".join(f"line {number}" for number in range(1, 1729)), encoding="utf-8")
    result = run("verify-sources", str(tmp_path))
    assert result.returncode == 1
    where = "grcp7-2017, line 655 (passage/grcp7-2017/annex-4-appendix-2.l655)"
    assert f"{where}: the digest does not match the text" in result.stderr
    assert "the lines do not print the name of: mechanism/bali-process nameAsPrinted" in result.stderr


def test_verify_sources_reports_a_missing_text(run, tmp_path: Path):
    result = run("verify-sources", str(tmp_path))
    assert result.returncode == 1
    assert "the text edition cannot be read" in result.stderr


@pytest.mark.skipif(not TEXTS, reason="the texts are their owners' and lie outside the project")
def test_every_passage_and_printed_name_agrees_with_the_texts(run):
    result = run("verify-sources", str(TEXTS[0].parent))
    assert result.returncode == 0, result.stderr
    assert "printed names agree with the texts." in result.stderr


@pytest.mark.skipif(not TEXTS, reason="the texts are their owners' and lie outside the project")
def test_every_line_of_the_texts_is_accounted_for(run):
    result = run("stats", "--coverage", str(TEXTS[0].parent), "--format", "json")
    assert result.returncode == 0, result.stderr
    documents = {row["document"] for row in json.loads(result.stdout)}
    assert len(documents) == 5
    assert not [row for row in json.loads(result.stdout) if row["lines"] == "unaccounted"]


def test_diff_of_two_releases(run, tmp_path: Path):
    old, new = tmp_path / "old.nq", tmp_path / "new.nq"
    old.write_text("<a:a> <a:p> <a:b> <a:g> .\n<a:a> <a:p> <a:c> <a:g> .\n", encoding="utf-8")
    shutil.copy(old, new)
    assert run("diff", str(old), str(new)).stderr == "0 gone, 0 come.\n"
    new.write_text("<a:a> <a:p> <a:b> <a:g> .\n<a:a> <a:p> <a:d> <a:g> .\n", encoding="utf-8")
    result = run("diff", str(old), str(new))
    assert result.stdout == "- <a:a> <a:p> <a:c> <a:g> .\n+ <a:a> <a:p> <a:d> <a:g> .\n"
