"""Every rule of the build lets its valid fixture pass and names the culprits of its invalid one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from gfmd_kg.build.validate import qc_faults, read_header
from gfmd_kg.namespaces import local_name
from gfmd_kg.paths import Layout

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RULES = sorted((ROOT / "queries" / "qc").glob("*.rq"))
NAMES = [path.stem for path in RULES]
CULPRITS = {
    "iri-of-no-known-form": ["one"],
    "two-things-one-label": ["mechanism/one", "mechanism/two"],
    "letter-not-of-element": ["element/a"],
    "notation-not-of-concept": ["area/health"],
    "graph-not-described": ["passage/report/l1"],
    "graph-with-two-classes": ["passage/report/l1"],
    "passage-of-another-document": ["passage/report/l1"],
    "passage-states-nothing": ["passage/report/l1"],
    "register-outside-register": ["passage/report/l1"],
    "two-passages-same-lines": ["passage/report/l1"],
    "one-code-two-states": ["state/deu", "state/fra"],
    "code-not-of-state": ["state/fra"],
    "region-in-a-loop": ["region/m49-002", "region/m49-202"],
    "region-with-no-way-to-the-root": ["region/m49-002"],
    "interval-the-wrong-way-round": ["membership/list.one"],
}
"""What the invalid fixture of a rule must be blamed for; ``mechanism/one`` where nothing else stands here."""


def test_every_rule_has_its_fixtures_and_no_fixture_is_left_over():
    folders = sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert len(NAMES) >= 22
    assert folders == NAMES
    assert set(CULPRITS) <= set(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_says_what_it_wants(rule: Path):
    header = read_header(rule, rule.read_text(encoding="utf-8"))
    assert set(header) == {"title", "message"}
    assert header["title"]["en"] and header["message"]["en"]


@pytest.mark.parametrize("name", NAMES)
def test_the_valid_fixture_passes(name: str):
    assert _culprits(name, "valid") == []


@pytest.mark.parametrize("name", NAMES)
def test_the_invalid_fixture_is_blamed(name: str):
    assert _culprits(name, "invalid") == CULPRITS.get(name, ["mechanism/one"])


def _culprits(rule: str, fixture: str) -> list[str]:
    quads = list(parse(path=str(HERE / rule / f"{fixture}.trig"), format=RdfFormat.TRIG))
    assert quads
    faults = [fault for fault in qc_faults(quads, Layout(ROOT)) if fault.rule == rule]
    return sorted({local_name(fault.subject) for fault in faults})
