"""What of a request reaches the application, also under a prefix, and that its answer comes back whole."""

from __future__ import annotations

import httpx
import pytest
from tests.deploy.proxy import Front, parsed

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "1",
    "X_Forwarded_For": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Real-IP": "203.0.113.9",
}


def _sent(answer: httpx.Response) -> dict[str, str]:
    """The headers that the application saw; none came twice."""
    pairs = answer.json()["headers"]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@pytest.mark.parametrize("path", ["/place", "/sparql"])
def test_what_a_client_forges_has_no_effect(told: Front, path: str):
    sent = _sent(httpx.get(told.address + path, headers={**FORGED, "Host": "kg.example"}))
    assert sent["x-forwarded-for"] == "127.0.0.1"
    assert sent["x-forwarded-proto"] == "http"
    assert sent["x-forwarded-host"] == sent["host"] == "kg.example"
    assert not {name for name in sent if "real-ip" in name or "_" in name or name.endswith("prefix")}
    assert not {"forwarded", "x-forwarded-port"} & sent.keys()


def test_the_client_is_named_by_its_own_address(told: Front):
    transport = httpx.HTTPTransport(local_address="127.0.0.7")
    with httpx.Client(transport=transport) as client:
        assert _sent(client.get(f"{told.address}/place"))["x-forwarded-for"] == "127.0.0.7"


def test_only_what_the_application_reads_reaches_it(told: Front):
    headers = {"Cookie": "a=b", "Authorization": "Basic eA==", "Range": "bytes=0-1", "X-Odd": "1"}
    sent = _sent(httpx.get(f"{told.address}/place", headers=headers))
    assert set(sent) <= {
        *("host", "accept", "accept-language", "accept-encoding"),
        *("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"),
    }


@pytest.mark.parametrize("path", ["/place", "/sparql"])
def test_an_upgrade_is_not_passed_on(told: Front, path: str):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = httpx.get(told.address + path, headers={**headers, "Sec-WebSocket-Key": "eA=="})
    assert answer.status_code == 200
    assert not {"connection", "upgrade"} & _sent(answer).keys()


def test_a_query_is_passed_on_whole(told: Front):
    form = "application/x-www-form-urlencoded"
    answer = httpx.post(
        f"{told.address}/sparql?a=%20b&c", content=b"query=\xff\x00", headers={"Content-Type": form}
    )
    assert (answer.json()["method"], answer.json()["query"]) == ("POST", "a=%20b&c")
    assert answer.json()["body"] == "query=\xff\x00"
    assert _sent(answer)["content-type"] == form


def test_an_address_is_passed_on_as_it_came(told: Front):
    for path in ("/a%2Fb/%C3%A9", "/a//b", "/queries?text=%ff&x=%2e%2e", "/a/%2e%2e/b"):
        raw, _, query = path.partition("?")
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        content = parsed(told.say(request.encode())).json()
        assert (content["path"], content["query"]) == (raw, query)


def test_a_request_without_a_host_names_none(told: Front):
    sent = _sent(parsed(told.say(b"GET /place HTTP/1.0\r\n\r\n")))
    assert sent["host"] == sent["x-forwarded-host"] == "localhost"


def test_head_and_options_are_answered(fronted: Front):
    for path in ("/queries/theme-elements?lang=en", "/sparql", "/health"):
        get, head = httpx.get(fronted.address + path), httpx.head(fronted.address + path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("etag") == get.headers.get("etag")
        options = httpx.options(fronted.address + path)
        assert (options.status_code, options.headers["access-control-allow-origin"]) == (204, "*")


def test_the_security_headers_of_the_application_pass(fronted: Front, server: str):
    for path in ("/", "/queries/none", "/sparql?query=ASK%7B%7D", "/queries/theme-elements"):
        ours, theirs = httpx.get(fronted.address + path), httpx.get(server + path)
        for name in ("content-security-policy", "x-content-type-options", "referrer-policy"):
            assert ours.headers[name] == theirs.headers[name]


def test_under_a_prefix_the_application_is_told_so(front, echo: str):
    with front(echo, {"#prefix# ": ""}) as nginx, httpx.Client(base_url=nginx.address) as client:
        for path in ("/kg/queries/x?a=b", "/kg/sparql?a=b"):
            answer = client.get(path, headers={**FORGED, "Host": "www.example"})
            assert (answer.json()["path"], answer.json()["query"]) == (path[3:].split("?")[0], "a=b")
            sent = _sent(answer)
            assert (sent["x-forwarded-prefix"], sent["x-forwarded-host"]) == ("/kg", "www.example")
        assert "x-forwarded-prefix" not in _sent(client.get("/queries/x?a=b"))
        moved = client.get("/kg")
        assert (moved.status_code, moved.headers["location"]) == (301, "/kg/")
    forbidden = {"allow 127.0.0.1;": ""}
    with front(echo, {"#prefix# ": "", **forbidden}) as nginx:
        assert httpx.get(f"{nginx.address}/kg/metrics").status_code == 403


def test_one_query_at_once_under_a_prefix_too(front, echo: str):
    changes = {"#prefix# ": "", "gfmd_kg/sparql": "gfmd_kg/slow/3"}
    with front(echo, changes) as nginx, nginx.connect() as held:
        held.sendall(b"GET /kg/sparql HTTP/1.1\r\nHost: a\r\n\r\n")
        assert httpx.get(f"{nginx.address}/counts").status_code == 200
        assert httpx.get(f"{nginx.address}/kg/sparql").status_code == 429
