"""The links between pages: where each leads, and which there are."""

from __future__ import annotations

import pytest
from tests.api.http.asking import request

from gfmd_kg.catalogue.model import Answer, Row
from gfmd_kg_api.http.paging import page_links


def _answer(shown: int, total: int, offset: int, limit: int | None) -> Answer:
    rows = (Row({}, ()),) * shown
    return Answer(None, {}, "en", rows, (), total, offset, limit, None, "v")  # type: ignore[arg-type]


def _links(shown: int, total: int, offset: int, limit: int | None, target: str = "/q") -> dict[str, str]:
    return page_links(request(target), _answer(shown, total, offset, limit))


@pytest.mark.parametrize(
    ("shown", "total", "offset", "limit", "links"),
    [
        (0, 0, 0, None, {"self": "?limit=1"}),
        (5, 5, 0, None, {"self": "?limit=5"}),
        (5, 5, 0, 5, {"self": "?limit=5"}),
        (
            5,
            6,
            0,
            5,
            {
                "self": "?limit=5",
                "first": "?limit=5",
                "next": "?limit=5&offset=5",
                "last": "?limit=5&offset=5",
            },
        ),
        (
            5,
            30,
            10,
            5,
            {
                "self": "?limit=5&offset=10",
                "first": "?limit=5",
                "prev": "?limit=5&offset=5",
                "next": "?limit=5&offset=15",
                "last": "?limit=5&offset=25",
            },
        ),
        (
            2,
            5,
            3,
            4,
            {
                "self": "?limit=4&offset=3",
                "first": "?limit=4",
                "prev": "?limit=4",
                "last": "?limit=4&offset=4",
            },
        ),
        (2, 3, 1, 4, {"self": "?limit=4&offset=1", "first": "?limit=4", "prev": "?limit=4"}),
        (
            0,
            3,
            7,
            2,
            {
                "self": "?limit=2&offset=7",
                "first": "?limit=2",
                "prev": "?limit=2&offset=5",
                "last": "?limit=2&offset=2",
            },
        ),
    ],
)
def test_the_pages_there_are(shown: int, total: int, offset: int, limit: int | None, links: dict[str, str]):
    assert _links(shown, total, offset, limit) == {name: f"/q{query}" for name, query in links.items()}


def test_what_was_asked_stays_in_the_address_but_for_the_page():
    target = "/q?area=a%26b&area=c&empty=&limit=2&offset=4&lang=fr"
    assert _links(2, 9, 4, 2, target)["next"] == "/q?area=a%26b&area=c&lang=fr&limit=2&offset=6"


def test_addresses_are_below_the_prefix():
    links = page_links(request("/q", root="/kg"), _answer(1, 1, 0, 1))
    assert links == {"self": "/kg/q?limit=1"}
