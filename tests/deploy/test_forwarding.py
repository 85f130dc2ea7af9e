"""What of a request reaches the application, also under a prefix, and that its answer comes back whole."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import httpx
import pytest
from tests.deploy.proxy import Front, assert_problem, parsed

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


def test_links_begin_with_the_prefix(front, server: str):
    with front(server, {"#prefix# ": ""}) as nginx:
        headers = {"Host": "www.example", "Accept": "text/html"}
        with httpx.Client(base_url=nginx.address, headers=headers) as client:
            page = client.get("/kg/queries").text
            named = re.findall(r'(?:href|action)="(/[^"]*)"', page)
            assert named
            assert all(address.startswith("/kg/") for address in named), named
            assert client.get(named[0]).status_code == 200
            assert 'href="/kg/' not in client.get("/queries").text
            void = client.get("/kg/.well-known/void", headers={"Accept": "text/turtle"}).text
        assert "http://www.example/kg/sparql" in void


def test_with_tls_the_application_is_told_so(front, echo: str, tmp_path: Path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the command openssl is not to be had here, so TLS was not tried")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    call = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*call, "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    changes = {
        "#tls# listen 443 ssl default_server;": f"listen 127.0.0.1:{port} ssl;",
        "#tls# ": "",
        "/etc/ssl/gfmd-kg.pem": str(certificate),
        "/etc/ssl/private/gfmd-kg.key": str(key),
    }
    with front(echo, changes):
        answer = httpx.get(f"https://127.0.0.1:{port}/place", verify=False)  # of this test alone
        assert _sent(answer)["x-forwarded-proto"] == "https"
        assert_problem(httpx.get(f"http://127.0.0.1:{port}/place"), 400, "http")


@contextmanager
def _hanging_up() -> Iterator[str]:
    """The address of a server that ends each connection once it has read of a request."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1 << 16)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{other.server_address[1]}"
        other.shutdown()
        thread.join(10)


def test_another_process_answers_for_one_that_fails_but_not_an_ad_hoc_query(front, echo: str):
    with _hanging_up() as broken:
        two = {"server 127": f"server {broken} max_fails=0;\n        server 127"}
        with front(echo, two) as nginx, httpx.Client(base_url=nginx.address) as client:
            found = {client.get(f"/place/{number}").status_code for number in range(8)}
            assert found == {200}
            assert {client.get("/sparql").status_code for _ in range(8)} == {200, 502}
            assert {client.post("/place").status_code for _ in range(8)} == {200, 502}
