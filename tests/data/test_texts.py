"""The live data against the text editions, where somebody has laid them beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from gfmd_kg.build.coverage import cover
from gfmd_kg.build.load import load_all
from gfmd_kg.build.verify import verify
from gfmd_kg.paths import Layout

ROOT = Path(__file__).parents[2]
TEXTS = sorted(ROOT.parent.glob("*/*/003_9426656e3dc294cd.txt"))
pytestmark = pytest.mark.skipif(not TEXTS, reason="the texts are their owners' and lie outside the project")


def test_every_passage_and_printed_name_agrees_with_the_texts():
    found = verify(load_all(Layout(ROOT)), TEXTS[0].parent)
    assert found.failures == ()
    assert found.passages


def test_every_line_of_the_texts_is_accounted_for():
    maps = cover(load_all(Layout(ROOT)), ROOT / "data" / "coverage", TEXTS[0].parent)
    assert len(maps) == 5
    assert [found.unaccounted for found in maps] == [()] * 5
