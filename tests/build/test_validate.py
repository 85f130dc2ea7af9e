"""A fault becomes one sentence: which thing, which property, which file and line, what is expected."""

from __future__ import annotations

import shutil

import pytest

from gfmd_kg.build.load import load_all
from gfmd_kg.build.pipeline import build
from gfmd_kg.build.validate import sentences, validate
from gfmd_kg.errors import DataError, SourceSyntaxError
from gfmd_kg.paths import Layout
from gfmd_kg.release import current_release

MATRIX = "data/sources/example-2031-report/table-1.trig"


def _change(layout: Layout, name: str, old: str, new: str) -> int:
    """Replace the first ``old`` of a file; the number of its line."""
    path = layout.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def _faults(layout: Layout) -> list[str]:
    return sentences(validate(load_all(layout), layout).violations, layout)


def test_the_data_as_it_is_has_no_fault(miniature):
    report = validate(load_all(miniature), miniature)
    assert report.violations == ()
    assert b"http://www.w3.org/ns/shacl#conforms" in report.report


def test_a_value_of_the_wrong_kind(layout):
    line = _change(layout, MATRIX, "gfmd:coversArea area:anti-trafficking", "gfmd:coversArea theme:drivers")
    faults = _faults(layout)
    found = [fault for fault in faults if "covers an area of activity of the vocabulary [Mechanism]" in fault]
    assert len(found) == 1
    assert found[0].startswith(f"{MATRIX}:{line}: mechanism/")
    assert ", coversArea (theme/drivers): " in found[0]


def test_a_missing_digest(layout):
    path = layout.root / MATRIX
    text = path.read_text(encoding="utf-8")
    start = text.index("gfmd:digest")
    path.write_text(text[:start] + text[text.index(";", start) + 1 :].lstrip(), encoding="utf-8")
    assert any("exactly one SHA-256 digest" in fault and MATRIX in fault for fault in _faults(layout))


def test_a_misspelt_property_and_a_dangling_thing(layout):
    _change(layout, MATRIX, "gfmd:coversArea area:anti-trafficking", "gfmd:coverArea area:anti-traficking")
    faults = _faults(layout)
    assert any("[term-not-declared]" in fault for fault in faults)
    assert any("area/anti-traficking: every thing that is used has a class" in fault for fault in faults)


@pytest.mark.slow
def test_a_build_with_a_fault_leaves_the_last_release_in_force(built):
    good = current_release(built.release)
    _change(built, MATRIX, "gfmd:coversArea area:anti-trafficking", "gfmd:coversArea theme:drivers")
    with pytest.raises(DataError) as caught:
        build(built)
    assert any(fault.startswith(MATRIX) for fault in caught.value.faults)
    assert (built.release / "current").read_text(encoding="utf-8").strip() == good.folder.name
    assert good.quads.is_file()


def test_no_shapes_and_no_rules_are_errors(layout):
    quads = load_all(layout)
    shutil.rmtree(layout.queries / "qc")
    with pytest.raises(DataError, match="no rule is there"):
        validate(quads, layout)
    shutil.rmtree(layout.shapes)
    with pytest.raises(DataError, match="no shape is there"):
        validate(quads, layout)


def test_a_malformed_shape_or_rule_is_named(layout):
    quads = load_all(layout)
    rule = layout.queries / "qc" / "statement-in-default-graph.rq"
    rule.write_text(rule.read_text(encoding="utf-8").replace("WHERE", "WHER"), encoding="utf-8")
    with pytest.raises(SourceSyntaxError, match="statement-in-default-graph"):
        validate(quads, layout)
    (layout.shapes / "core.ttl").write_text("shape:Broken a", encoding="utf-8")
    with pytest.raises(SourceSyntaxError, match="core"):
        validate(quads, layout)
