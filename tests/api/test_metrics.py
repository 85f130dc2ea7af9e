"""Figures for operators."""

from __future__ import annotations

import pytest

from gfmd_kg_api.middleware.metrics import Metrics


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/queries/practices", "queries"),
        ("/queries", "queries"),
        ("/", "other"),
        ("*", "other"),
        ("", "other"),
    ],
)
def test_every_path_is_counted_under_its_first_part(path: str, place: str):
    metrics = Metrics()
    metrics.answered(path, 204, 0.1)
    assert f'gfmd_kg_requests_total{{place="{place}",status="204"}} 1.0'.encode() in metrics.text()
