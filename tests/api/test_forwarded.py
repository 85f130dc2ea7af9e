"""What a proxy tells is believed from a trusted one alone; every address bears the prefix."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from gfmd_kg.errors import CallError
from gfmd_kg_api.middleware.forwarded import Forwarded
from gfmd_kg_api.settings import read_settings

TRUSTED = (ip_network("10.0.0.0/8"),)


def _seen(headers: dict[str, str], client: tuple[str, int] | None, root_path: str = "") -> dict[str, Any]:
    """The scope that reaches the application."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope = {
        "type": "http",
        "scheme": "http",
        "path": "/queries",
        "raw_path": b"/queries",
        "client": client,
        "headers": [(b"host", b"inside"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }
    asyncio.run(Forwarded(app, root_path, TRUSTED)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


TOLD = {
    "x-forwarded-for": "198.51.100.7, 203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.org",
    "x-forwarded-prefix": "/kg/",
}


@pytest.mark.parametrize("client", [("10.1.2.3", 5), None])
def test_a_trusted_proxy_is_believed(client: tuple[str, int] | None):
    scope = _seen(TOLD, client)
    assert scope["client"] == ("203.0.113.9", 0), "the last: what stands before it the client may have sent"
    assert scope["scheme"] == "https"
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"example.org"]
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/kg", "/kg/queries", b"/kg/queries")


def test_anybody_else_is_not():
    scope = _seen(TOLD, ("11.1.2.3", 5))
    assert (scope["client"], scope["scheme"], scope["path"]) == (("11.1.2.3", 5), "http", "/queries")
    assert dict(scope["headers"])[b"host"] == b"inside"
    assert "root_path" not in scope


@pytest.mark.parametrize(
    "told",
    [
        {"x-forwarded-prefix": prefix}
        for prefix in ("kg", "//evil.example", "/a//b", "/..", "/a/../b", '/"><script>', "/a b", "/%2e", "/")
    ]
    + [{"x-forwarded-for": "nobody"}, {"x-forwarded-proto": "javascript"}],
)
def test_nonsense_changes_nothing(told: dict[str, str]):
    scope = _seen(told, ("10.0.0.1", 5))
    assert (scope["client"], scope["scheme"], scope["path"]) == (("10.0.0.1", 5), "http", "/queries")
    assert "root_path" not in scope


def test_a_prefix_of_the_settings_holds_unless_the_proxy_names_one():
    assert _seen({}, ("11.0.0.1", 1), "/a")["path"] == "/a/queries"
    assert _seen({"x-forwarded-prefix": "/b"}, ("10.0.0.1", 1), "/a")["path"] == "/b/queries"


@pytest.mark.parametrize("text", ["kg", "/a b", "//a", "/../a", "/a?b"])
def test_a_prefix_that_is_none_is_refused(text: str):
    with pytest.raises(CallError) as caught:
        read_settings({"GFMD_KG_ROOT_PATH": text})
    assert (caught.value.field, caught.value.given) == ("GFMD_KG_ROOT_PATH", text)


def test_networks_that_are_none_are_refused():
    assert read_settings({"GFMD_KG_TRUSTED_PROXIES": "10.0.0.1, ::1/128"}).trusted_proxies == (
        ip_network("10.0.0.1/32"),
        ip_network("::1/128"),
    )
    assert read_settings({"GFMD_KG_TRUSTED_PROXIES": ""}).trusted_proxies == ()
    with pytest.raises(CallError):
        read_settings({"GFMD_KG_TRUSTED_PROXIES": "proxy.example"})


PAGES = (
    "/",
    "/queries",
    "/queries/theme-elements",
    "/doc/area/health",
    "/export",
    "/docs",
    "/vocabularies",
    "/sparql",
    "/nothing",
)


@pytest.mark.parametrize("named", ["setting", "header"])
def test_every_address_bears_the_prefix(serving, named: str):
    settings = {"GFMD_KG_ROOT_PATH": "/kg"} if named == "setting" else {}
    headers = {} if named == "setting" else {"X-Forwarded-Prefix": "/kg", "X-Forwarded-Host": "example.org"}
    with serving(**settings) as (address, _), httpx.Client(base_url=address, headers=headers) as client:
        moved = client.get("/id/area/health")
        assert (moved.status_code, moved.headers["location"]) == (303, "/kg/doc/area/health")
        for path in (
            "/",
            "/queries",
            "/queries/theme-elements",
            "/doc/area/health",
            "/export",
            "/docs",
            "/nothing",
        ):
            page = client.get(path, headers={"Accept": "text/html"}).text
            for attribute in ('href="', 'action="', 'src="'):
                for piece in page.split(attribute)[1:]:
                    link = piece.partition('"')[0]
                    assert link.startswith(("/kg/", "?", "#", "http")), link
        answer = client.get("/queries/mechanisms?limit=1")
        assert answer.json()["links"]["next"].startswith("/kg/queries/mechanisms?")
        assert answer.headers["link"].startswith("</kg/queries/mechanisms?")
        listed = client.get("/queries", headers={"Accept": "application/json"}).json()["queries"][0]
        assert listed["href"].startswith("/kg/queries/")
        assert listed["examples"][0]["href"].startswith("/kg/queries/")
        assert client.get("/export").json()["exports"][0]["href"].startswith("/kg/export/")
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/kg"}]
        host = address if named == "setting" else "http://example.org"
        described = client.get("/.well-known/void", headers={"Accept": "text/turtle"}).text
        assert f"<{host}/kg/sparql>" in described
        assert f"<{host}/kg/export/gfmd-kg.ttl>" in described
        service = client.get("/sparql", headers={"Accept": "text/turtle"}).text
        assert f"<{host}/kg/sparql>" in service
