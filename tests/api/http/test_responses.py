"""What a response is made of."""

from __future__ import annotations

import hashlib

import pytest
from tests.api.http.asking import request

from gfmd_kg_api.http.responses import content_type, disposition, reply


def test_a_response_has_a_tag_of_its_type_and_bytes():
    response = reply(request(), b"content", "application/json")
    tag = hashlib.sha256(b"application/jsoncontent").hexdigest()[:32]
    assert (response.status_code, response.body) == (200, b"content")
    assert dict(response.headers) == {
        "etag": f'"{tag}"',
        "cache-control": "no-cache",
        "content-type": "application/json",
        "content-length": "7",
    }
    other = reply(request(), b"content", "text/csv").headers["etag"]
    assert other != response.headers["etag"]


def test_headers_and_status_are_handed_on():
    response = reply(request(), b"", "text/csv", {"Cache-Control": "no-store", "X-Total-Count": "3"}, 201)
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-total-count"] == "3"
    assert response.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("media_type", "field"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/text/", "application/text/"),
    ],
)
def test_text_has_its_encoding(media_type: str, field: str):
    assert content_type(media_type) == field


def test_a_file_name_is_suggested():
    assert disposition("a.csv") == {"Content-Disposition": 'attachment; filename="a.csv"'}
