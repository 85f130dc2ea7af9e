"""Every example of every canned query has an answer in the live data, with sources behind each row."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from gfmd_kg.catalogue.registry import load_queries

QUERIES = load_queries(Path(__file__).parents[2] / "queries")
EXAMPLES = [
    pytest.param(query.id, number, id=f"{query.id}-{number}")
    for query in QUERIES.values()
    for number in range(len(query.header.examples))
]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_example_answers_with_sources(service, name: str, number: int):
    example = QUERIES[name].header.examples[number]
    given = {key: [value] if isinstance(value, str) else value for key, value in example.params.items()}
    answer = service.catalogue.ask(name, given)
    assert answer.rows
    assert all(row.sources for row in answer.rows)
    for source in answer.sources:
        if source.basis == "source" and source.document:
            assert source.locator and source.first_line and source.last_line
            assert 1 <= source.first_line <= source.last_line <= 1728


@pytest.mark.parametrize("name", list(QUERIES))
def test_a_query_runs_unchanged_in_any_editor(service, name: str):
    """Bare, with the values that stand in its slots, it gives rows."""
    text = "\n".join(line for line in QUERIES[name].text.splitlines() if not line.startswith("#+"))
    assert service.engine.select(text).rows


def test_the_server_answers_every_example_it_lists(live_server: str):
    listed = httpx.get(f"{live_server}/queries").json()["queries"]
    assert len(listed) >= 16
    for entry in listed:
        for example in entry["examples"]:
            answer = httpx.get(live_server + example["href"])
            assert answer.status_code == 200, example
            content = answer.json()
            assert content["columns"] == entry["columns"]
            assert content["rows"], example


def test_every_link_of_every_plain_page_leads_somewhere(live_server: str):
    todo, seen = ["/?lang=en"], set()
    with httpx.Client(base_url=live_server, headers={"Accept": "text/html,*/*;q=0.1"}) as client:
        while todo and len(seen) < 120:
            path = todo.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path)
            assert answer.status_code == 200, path
            if answer.headers["content-type"].startswith("text/html"):
                links = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
                local = [
                    link.replace("&amp;", "&").partition("#")[0] for link in links if link.startswith("/")
                ]
                todo += [link for link in local if link and link not in seen]
    assert len(seen) > 60
