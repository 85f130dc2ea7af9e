"""A small sample of the corruptions of ``make mutate``, two of each kind: validation refuses them all,
here of the miniature."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("mutate", Path(__file__).parent / "mutate.py")
assert _SPEC and _SPEC.loader
mutate = importlib.util.module_from_spec(_SPEC)
sys.modules["mutate"] = mutate  # dataclasses look their module up
_SPEC.loader.exec_module(mutate)


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def table(miniature):
    return mutate.measure(miniature, 2 * len(mutate.KINDS), seed=5)


@pytest.mark.parametrize("kind", [kind.__name__ for kind in mutate.KINDS])
def test_a_corruption_is_refused(table, kind: str):
    refused, tried, passed = table[kind]
    assert tried == 2
    assert (refused, passed) == (2, [])
