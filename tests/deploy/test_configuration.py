"""The values that stand in ``deploy/nginx.conf``: other tests put shorter times in their place."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from tests.deploy.proxy import CONFIGURATION

from gfmd_kg_api.settings import Settings

VALUES = {
    "client_header_timeout": "10s",
    "client_header_buffer_size": "2k",
    "large_client_header_buffers": "2 64k",
    "client_max_body_size": "64k",
    "client_body_timeout": "10s",
    "proxy_request_buffering": "on",
    "keepalive_timeout": "5s",
    "send_timeout": "30s",
    "reset_timedout_connection": "on",
    "proxy_buffering": "on",
    "proxy_max_temp_file_size": "64m",
    "limit_conn": "connections 200",
    "limit_conn_status": "429",
    "limit_req": "zone=requests burst=200 nodelay",
    "limit_req_status": "429",
    "proxy_read_timeout": "15s",
    "proxy_ignore_client_abort": "off",
    "ignore_invalid_headers": "on",
    "underscores_in_headers": "off",
    "proxy_cache_valid": "200 1s",
    "proxy_cache_use_stale": "off",
}


@pytest.fixture(scope="module")
def directives() -> list[tuple[str, str]]:
    """Name and value of each directive outside of ``upstream``, in order; of several on one line the last."""
    text = re.sub(r"#.*", "", CONFIGURATION.read_text(encoding="utf-8"))
    text = re.sub(r"upstream gfmd_kg \{.*?\}", "", text, flags=re.DOTALL)
    return re.findall(r"^\s*(\w+)\s+([^;{]+);", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_as_tested(directives, name: str):
    assert VALUES[name] in [value for found, value in directives if found == name]


def test_limits_stand_once(directives):
    counts = Counter(name for name, _ in directives)
    twice = {name for name in VALUES if counts[name] > 1}
    assert twice == {"limit_conn"}  # a location that has one of its own inherits none


def test_limits_fit_those_of_the_application(directives):
    found, settings = dict(directives), Settings()
    assert float(found["proxy_read_timeout"].removesuffix("s")) == settings.query_seconds + 5
    assert int(found["client_max_body_size"].removesuffix("k")) * 1024 == settings.body_bytes
    assert ("limit_conn", "adhoc 1") in directives
    assert settings.workers > 1


def test_nothing_waits_longer_for_the_application_than_it_keeps_a_connection():
    kept = re.search(r"keepalive 32;\s*keepalive_timeout (\d)s;", CONFIGURATION.read_text(encoding="utf-8"))
    assert kept
    assert int(kept[1]) < 5  # as uvicorn has it unless told otherwise
