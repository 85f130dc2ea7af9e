"""What nginx keeps: the bytes of the application, never older than two seconds, and only what may be kept."""

from __future__ import annotations

import gzip
import time

import httpx
import pytest
from tests.deploy.fixtures import echoing
from tests.deploy.proxy import Front

OLDEST = 2.0
"""Seconds; "proxy_cache_valid 200 1s" by a clock of whole seconds."""
ADDRESSES = [
    "/",
    "/queries",
    "/queries/theme-elements",
    "/queries/theme-elements?lang=fr",
    "/queries/coverage-matrix?format=json",
    "/queries/practices?basis=all&format=csv",
    "/queries/none",
    "/doc/mechanism/rcm",
    "/id/mechanism/rcm",
    "/sparql",
    "/sparql?query=ASK%7B%7D",
    "/.well-known/void",
    "/export",
    "/export/gfmd-kg.nq",
    "/style.css",
    "/openapi.json",
    "/docs",
    "/ontology",
]
CLIENTS: dict[str, dict[str, str]] = {
    "none": {},
    "curl": {"Accept": "*/*"},
    "French browser": {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
        "Accept-Language": "fr-CH,fr;q=0.9,en;q=0.8",
        "Accept-Encoding": "gzip, deflate, br",
    },
    "German browser": {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "de-DE,de;q=0.9,es;q=0.7,fr;q=0.8",
        "Accept-Encoding": "gzip",
    },
    "JSON in Spanish": {"Accept": "application/json", "Accept-Language": "es"},
    "CSV": {"Accept": "text/csv, application/json;q=0.5", "Accept-Encoding": "gzip;q=0, br"},
    "Turtle": {"Accept": "text/turtle", "Accept-Encoding": "x-gzip"},
    "nothing offered": {"Accept": "image/avif"},
    "all compressed": {"Accept-Encoding": "gzip"},
}
LANGUAGES = [
    *("", "en", "fr", "ES", "fr-CA", "fr, en", "en;q=0.5, fr", "fr;q=0.2", "fr;q=0", "*", "de, fr;q=0.1"),
    *(
        "es-419,es;q=0.9",
        "zh",
        "fr ;q=1, en",
        "es\t,en",
        "fra",
        "fr_CA",
        "en-,fr",
        "fr;x=1",
        ",fr",
        "en,fr;q=2",
    ),
]


def _ask(client: httpx.Client, path: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it came: the names of the host are the same through nginx and without."""
    request = client.build_request("GET", path, headers={"Host": "kg.example", **headers})
    for name in ("accept", "accept-encoding", "user-agent"):
        if name not in {given.lower() for given in headers}:
            del request.headers[name]
    answer = client.send(request, stream=True)
    body = b"".join(answer.iter_raw())
    answer.close()
    return answer, body


def _compared(answer: httpx.Response, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """What has to be the same. What nginx compresses has a weak tag, and is unpacked here."""
    fields = {
        name: text for name, text in answer.headers.items() if name not in ("date", "server", "connection")
    }
    if fields.pop("transfer-encoding", None) == "chunked":
        assert fields.pop("content-encoding") == "gzip"
        body = gzip.decompress(body)
        fields["content-length"] = str(len(body))
        if "etag" in fields:
            assert fields["etag"].startswith("W/")
            fields["etag"] = fields["etag"][2:]
    asked = {each.strip().lower() for each in fields.pop("vary", "").split(",") if each}
    assert len(asked) == len([each for each in answer.headers.get("vary", "").split(",") if each.strip()])
    return answer.status_code, {**fields, "vary": " ".join(sorted(asked - {"accept-encoding"}))}, body


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_is_the_application_s(fronted: Front, server: str, path: str):
    """One client after the other, so that each could be given what was kept for the one before."""
    with httpx.Client(base_url=fronted.address) as front, httpx.Client(base_url=server) as direct:
        expected = {client: _compared(*_ask(direct, path, sent)) for client, sent in CLIENTS.items()}
        for _ in range(2):
            for client, sent in CLIENTS.items():
                assert _compared(*_ask(front, path, sent)) == expected[client], client


@pytest.mark.parametrize("wanted", LANGUAGES)
def test_the_language_is_the_one_that_the_application_chooses(fronted: Front, server: str, wanted: str):
    path, headers = "/queries/theme-elements", {"Accept-Language": wanted}
    with httpx.Client(base_url=fronted.address) as front, httpx.Client(base_url=server) as direct:
        assert _compared(*_ask(front, path, headers)) == _compared(*_ask(direct, path, headers))


def test_vary_names_all_that_an_answer_depends_on(fronted: Front):
    for path in ("/queries/theme-elements", "/export/gfmd-kg.nq", "/sparql?query=ASK%7B%7D"):
        for encoding in ("gzip", "identity"):
            with httpx.stream("GET", fronted.address + path, headers={"Accept-Encoding": encoding}) as answer:
                asked = [each.strip().lower() for each in answer.headers["vary"].split(",")]
                assert sorted(asked) == ["accept", "accept-encoding", "accept-language"]


def test_an_answer_given_again_does_not_reach_the_application(told: Front):
    path = "/keep/no-cache"
    answers = [httpx.get(told.address + path).text for _ in range(5)]
    assert len(set(answers)) <= 2, "a second may have ended in between"
    assert told.log()[-1]["cache"] == "HIT"


def test_head_is_answered_from_what_is_kept(told: Front):
    get = httpx.get(f"{told.address}/keep/max-age=5")
    head = httpx.head(f"{told.address}/keep/max-age=5")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["cache-control"] == "max-age=5"
    assert httpx.get(f"{told.address}/keep/max-age=5").text in ("1", "2")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/queries/coverage-matrix?lang=en", "/export/gfmd-kg.nq", "/sparql"])
def test_a_client_that_has_it_is_told_so(fronted: Front, path: str, encoding: str):
    with httpx.Client(base_url=fronted.address, headers={"Accept-Encoding": encoding}) as client:
        first = client.get(path)
        tag = first.headers["etag"]
        for condition in (tag, f"W/{tag.removeprefix('W/')}", f'"other", {tag}', "*"):
            answer = client.get(path, headers={"If-None-Match": condition})
            assert (answer.status_code, answer.content) == (304, b""), condition
            assert answer.headers["etag"].removeprefix("W/") == tag.removeprefix("W/")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["vary"]
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content


@pytest.mark.parametrize("directive", ["no-store", "private", "no-cache, no-store"])
def test_what_may_not_be_kept_is_not(told: Front, directive: str):
    path = f"/keep/{directive.replace(' ', '')}"
    answers = [int(httpx.get(told.address + path).text) for _ in range(3)]
    assert answers == sorted(set(answers))


def test_errors_redirects_and_what_is_posted_are_not_kept(told: Front):
    before = _counts(told)
    for _ in range(3):
        for status in (301, 303, 400, 404, 503):
            httpx.get(f"{told.address}/error/{status}")
        httpx.post(f"{told.address}/posted")
        httpx.get(f"{told.address}/sparql?query=1")
    after = _counts(told)
    for path in ("/error/301", "/error/303", "/error/400", "/error/404", "/error/503", "/posted", "/sparql"):
        assert after[path] - before.get(path, 0) == 3, path


def test_health_is_of_the_moment(fronted: Front):
    for path in ("/health", "/ready", "/metrics"):
        for _ in range(2):
            assert httpx.get(fronted.address + path).status_code == 200
            assert fronted.log()[-1]["cache"] in ("", "MISS")


def test_no_answer_is_older_than_said(told: Front):
    """Also the first one after a rest: a cache that serves what is stale while it updates would fail here."""
    with httpx.Client(base_url=told.address) as client:
        end, told_times = time.time() + 3, set()
        while time.time() < end:
            given = float(client.get("/clock").text)
            assert time.time() - given < OLDEST + 0.5  # room for a busy machine
            told_times.add(given)
            time.sleep(0.02)
        assert len(told_times) <= 4, "it is kept for a second at least"
        time.sleep(2.2)
        assert time.time() - float(client.get("/clock").text) < 0.5


def test_what_has_not_changed_is_asked_for_by_its_tag(told: Front):
    assert httpx.get(f"{told.address}/steady").text == "always the same"
    before = _counts(told)
    time.sleep(OLDEST)
    answer = httpx.get(f"{told.address}/steady")
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (200, "always the same", '"steady"')
    after = _counts(told)
    assert after["unchanged"] - before.get("unchanged", 0) == 1
    httpx.get(f"{told.address}/steady")
    assert _counts(told)["/steady"] - after["/steady"] <= 1


def test_an_application_that_is_gone_is_not_stood_in_for(front):
    with echoing() as (address, process), front(address) as nginx:
        assert httpx.get(f"{nginx.address}/steady").status_code == 200
        process.kill()
        process.wait(30)
        time.sleep(OLDEST)
        assert httpx.get(f"{nginx.address}/steady").status_code == 502


def test_hosts_and_doubled_headers_are_told_apart(fronted: Front):
    """A header that comes twice may not put its answer in the place of another's."""
    path = "/.well-known/void"
    for host in ("one.example", "two.example"):
        for _ in range(2):
            assert f"http://{host}/" in httpx.get(fronted.address + path, headers={"Host": host}).text
    twice = [("Accept", "text/csv"), ("Accept", "text/html")]
    for first, second in (twice, twice[::-1]):
        httpx.get(f"{fronted.address}/queries/theme-elements?lang=es", headers=[first, second])
    for accept in ("text/csv", "text/html"):
        answer = httpx.get(f"{fronted.address}/queries/theme-elements?lang=es", headers={"Accept": accept})
        assert answer.headers["content-type"].startswith(accept)


def test_a_long_request_is_answered_and_not_kept(fronted: Front):
    query = "&".join(["text=puebla", *(f"region=r{'x' * 40}" for _ in range(60))])
    for _ in range(2):
        assert httpx.get(f"{fronted.address}/queries/practices?{query}").status_code == 400
    accept = "text/html" + ", a/b" * 1000
    for _ in range(2):
        answer = httpx.get(f"{fronted.address}/queries", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert fronted.log()[-1]["cache"] == ""


def _counts(front: Front) -> dict[str, int]:
    return dict(httpx.get(f"{front.address}/counts").json())
