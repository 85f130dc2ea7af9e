"""Bad input: a clear 4xx that names the field and what is allowed; never a 500, never a silent answer."""

from __future__ import annotations

import asyncio
import dataclasses

import httpx
import pytest

from gfmd_kg.catalogue.registry import Catalogue, load_queries
from gfmd_kg.errors import NotIsolatedError
from gfmd_kg.store.engine import Solutions
from gfmd_kg_api.app import create_app
from gfmd_kg_api.http.problems import problem
from gfmd_kg_api.middleware.cache import AnswerCache
from gfmd_kg_api.middleware.headers import ResponseHeaders
from gfmd_kg_api.middleware.metrics import Metrics
from gfmd_kg_api.settings import Settings, read_settings

TYPES = "https://w3id.org/gfmd-kg/problem/"


def test_the_whole_problem_of_a_wrong_value(server: str):
    answer = httpx.get(f"{server}/queries/recommendations?kind=folow-up")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": f"{TYPES}parameter",
        "title": "Bad Request",
        "status": 400,
        "detail": "'folow-up' is not a value of 'kind'.",
        "parameter": "kind",
        "given": "folow-up",
        "allowed": ["follow-up", "priority"],
        "nearest": "follow-up",
        "nearest_label": "Follow-up and implementation",
    }


@pytest.mark.parametrize(
    ("path", "status", "parameter", "nearest"),
    [
        ("/queries/mechanism-by-area?area=health", 404, "query", "mechanisms-by-area"),
        ("/queries/mechanisms-by-area", 400, "area", None),
        ("/queries/mechanisms-by-area?area=", 400, "area", None),
        ("/queries/mechanisms-by-area?area=antitrafficking", 400, "area", "anti-trafficking"),
        ("/queries/mechanisms-by-area?aera=health", 400, "aera", "area"),
        ("/queries/mechanisms-by-area?area=health&category=RPC", 400, "category", None),
        ("/queries/mechanisms-by-area?area=health&basis=sources", 400, "basis", "source"),
        (
            "/queries/mechanisms-by-area?area=health&basis=editorial&document=example-2031-report",
            400,
            "basis",
            None,
        ),
        (
            "/queries/mechanisms-by-area?area=health&document=example-2031",
            400,
            "document",
            "example-2031-report",
        ),
        ("/queries/mechanisms-by-area?area=health&lang=de", 400, "lang", "es"),
        ("/queries/mechanisms-by-area?area=health&lang=en&lang=fr", 400, "lang", None),
        ("/queries/mechanisms-by-area?area=health&limit=0", 400, "limit", None),
        ("/queries/mechanisms-by-area?area=health&limit=10001", 400, "limit", None),
        ("/queries/mechanisms-by-area?area=health&limit=1.5", 400, "limit", None),
        ("/queries/mechanisms-by-area?area=health&offset=-1", 400, "offset", None),
        ("/queries/mechanisms-by-area?area=health&format=yaml", 400, "format", None),
        ("/queries/mechanisms-by-area?area=health%22%20%7D%20UNION%20%7B", 400, "area", "health"),
        ("/queries/mechanisms-by-area?area=https://w3id.org/gfmd-kg/id/theme/drivers", 400, "area", None),
        ("/queries/practices?innovative=yes", 400, "innovative", None),
        ("/queries/practices?text=%00", 400, "text", None),
        ("/queries/practices?text=a%5Cu0022", 400, "text", None),
        ("/queries/practices?text=" + "a" * 201, 400, "text", None),
        ("/queries/practices?" + "region=africa&" * 3 + "state=keny", 400, "state", "ken"),
        ("/queries/evidence?subject=mechanism/amber", 400, "subject", "mechanism/amber-coast-process"),
        ("/queries/evidence?subject=nonsense", 400, "subject", None),
        (
            "/queries/evidence?subject=area/health&property=coverArea",
            400,
            "property",
            "coversArea",
        ),
        ("/queries/evidence?subject=http://%5B", 400, "subject", None),
        (
            "/queries/evidence?subject=area/health&property=http://x/%25zz",
            400,
            "property",
            None,
        ),
        ("/queries/theme-elements?lang=xx&format=html", 400, "lang", None),
        ("/id/mechanism/amber", 404, "thing", "mechanism/amber-coast-process"),
        ("/id/mechanisms/amber-coast-process", 404, "thing", None),
        ("/doc/mechanism/amber", 404, "thing", "mechanism/amber-coast-process"),
        ("/doc/mechanism/%3Cscript%3E", 404, "thing", None),
        ("/doc/mechanism/amber-coast-process?format=pdf", 400, "format", None),
        ("/doc/mechanism/amber-coast-process?lang=de", 400, "lang", "es"),
        ("/passage/example-2031-report/nowhere", 404, "graph", None),
        ("/passage/example-2031-report/..%2f..%2fetc", 404, None, None),
        ("/export/gfmd-kg.ttl2", 404, "name", "gfmd-kg.ttl"),
        ("/ontology?format=owl", 400, "format", None),
        ("/?lang=it", 400, "lang", None),
        ("/nothing/here", 404, None, None),
    ],
)
def test_bad_input_is_named(server: str, path: str, status: int, parameter: str | None, nearest: str | None):
    answer = httpx.get(server + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    content = answer.json()
    assert content["status"] == status
    assert content["type"].startswith(TYPES)
    assert content["title"] and content["detail"]
    assert content.get("parameter") == parameter
    if nearest is not None:
        assert content["nearest"] == nearest
        assert nearest in content["allowed"]


def test_what_cannot_be_accepted_lists_what_is_offered(server: str):
    answer = httpx.get(f"{server}/queries/theme-elements", headers={"Accept": "image/png, text/css;q=0.5"})
    assert answer.status_code == 406
    offered = answer.json()["allowed"]
    assert offered[0] == "application/json"
    assert {"text/csv", "text/html", "text/turtle", "application/n-quads"} <= set(offered)


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/queries"), ("PUT", "/sparql"), ("POST", "/export")]
)
def test_a_method_that_is_not_allowed(server: str, method: str, path: str):
    answer = httpx.request(method, server + path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


def test_a_browser_gets_a_page_that_runs_nothing(server: str):
    answer = httpx.get(
        f"{server}/queries/practices?state=%3Cscript%3Ealert(1)%3C/script%3E&format=html",
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 400
    page = httpx.get(
        f"{server}/queries/practices?state=%3Cscript%3Ealert(1)%3C/script%3E", headers={"Accept": "text/html"}
    )
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_every_answer_carries_its_security_headers(server: str):
    for path in ("/", "/queries", "/nothing", "/health", "/style.css"):
        headers = httpx.get(server + path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers
        assert "server" not in headers


def test_an_overlong_address_and_a_malformed_host_are_refused(server: str):
    # httpx itself refuses what is over 64 KiB of address, so the limit is approached from below the socket
    assert httpx.get(f"{server}/queries/practices?text=" + "a" * 65_000).status_code == 400
    for host in ("a b", 'example.org"><script>'):
        answer = httpx.get(f"{server}/", headers={"Host": host})
        assert answer.json() == {
            "type": f"{TYPES}http",
            "title": "Bad Request",
            "status": 400,
            "detail": "A request has one Host header: a name or an address.",
        }
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/queries/theme-elements", "/id/area/health"])
def test_a_fault_of_the_server_is_a_problem_too_and_tells_nothing(service, path: str):
    class Broken:
        def select(self, text: str) -> Solutions:
            raise RuntimeError("in /secret/place.py")

    broken = dataclasses.replace(
        service, catalogue=Catalogue(load_queries(service.layout.queries), Broken(), "0")
    )
    app = create_app(broken, None, Settings(), Metrics())  # type: ignore[arg-type]
    transport = httpx.ASGITransport(AnswerCache(ResponseHeaders(app), 10_000, ()), raise_app_exceptions=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["detail"] == "The server failed; the fault is in its log."


def test_a_query_that_outgrows_its_memory_is_a_problem_of_its_own(serving):
    query = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c ?a"
    with serving(GFMD_KG_QUERY_MEMORY_MB="400", GFMD_KG_QUERY_SECONDS="60") as (address, _):
        answer = httpx.post(f"{address}/sparql", data={"query": query}, timeout=90)
    assert (answer.status_code, answer.json()["type"]) == (503, f"{TYPES}memory")
    assert "400 MiB" in answer.json()["detail"]
    assert "retry-after" not in answer.headers


def test_queries_that_are_off_are_a_problem_of_their_own_and_the_operator_may_allow_them():
    content = problem(NotIsolatedError("Ad-hoc SPARQL is off here."))
    assert (content["status"], content["type"]) == (503, f"{TYPES}queries-off")
    assert not read_settings({}).queries_with_network
    assert read_settings({"GFMD_KG_ALLOW_QUERIES_WITH_NETWORK": "1"}).queries_with_network
