"""Real workers: results, limits, and what happens to a runaway or greedy query."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.store.pools import Pool

from gfmd_kg.catalogue.service import Service
from gfmd_kg.errors import (
    EngineBusyError,
    EngineError,
    EngineMemoryError,
    EngineTimeoutError,
    NoFormatError,
    NotIsolatedError,
    QueryRefusedError,
    ResultTooLargeError,
)
from gfmd_kg.store.engine import BOOLEAN, GRAPH, SOLUTIONS, DatasetChoice
from gfmd_kg.store.sandbox import pool as pool_module
from gfmd_kg.store.sandbox import worker
from gfmd_kg.store.sandbox.guard import MAX_LENGTH
from gfmd_kg.store.sandbox.pool import Limits
from gfmd_kg.store.sandbox.process import WorkerProcess

_MEDIA_TYPE = "application/sparql-results+json"
JSON = {SOLUTIONS: _MEDIA_TYPE, BOOLEAN: _MEDIA_TYPE}
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
PATHS = "SELECT (COUNT(*) AS ?n) WHERE { ?a (rdf:type|!rdf:type)* ?b . ?b (rdf:type|!rdf:type)* ?c }"
ALL = DatasetChoice()


@pytest.fixture(scope="module")
def pool(service) -> Iterator[Pool]:
    limits = Limits(seconds=0.5, result_bytes=100_000, waiting=0.3)
    found = Pool(service.release.quads, service.release.identity, service.prefixes, size=1, limits=limits)
    found.begin()
    _warm(found)
    yield found
    found.close()


def _pool(service: Service, size: int, limits: Limits | None = None) -> Pool:
    return Pool(service.release.quads, service.release.identity, service.prefixes, size, limits)


def _warm(pool: Pool) -> None:
    """A worker needs a moment to load the release; the limits of these tests are tight."""
    for _ in range(50):
        try:
            pool.run("ASK {}", JSON, ALL)
        except (EngineBusyError, EngineTimeoutError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("no worker came up")


def test_every_form_is_answered(pool: Pool):
    found = pool.run("SELECT (COUNT(*) AS ?n) { ?m gfmd:coversArea ?a }", JSON, ALL)
    assert json.loads(found.body)["results"]["bindings"][0]["n"]["value"] == "13"
    assert (
        json.loads(pool.run("ASK { mechanism:amber-coast-process a gfmd:Mechanism }", JSON, ALL).body)[
            "boolean"
        ]
        is True
    )
    graph = pool.run(
        "CONSTRUCT { ?m a ?c } { ?m a gfmd:Mechanism, ?c }", {GRAPH: "application/n-triples"}, ALL
    )
    assert graph.kind == GRAPH
    assert b"<https://w3id.org/gfmd-kg/id/mechanism/amber-coast-process>" in graph.body


@pytest.mark.parametrize("query", [RUNAWAY, PATHS])
def test_a_runaway_is_killed_in_time_and_its_worker_replaced(pool: Pool, query: str):
    before = _workers()
    start = time.monotonic()
    with pytest.raises(EngineTimeoutError):
        pool.run(query, JSON, ALL)
    assert time.monotonic() - start < 0.5 + 0.3
    _warm(pool)
    assert len(before) == len(_workers()) == 1
    assert not before & _workers()


def test_a_full_pool_says_that_it_is_busy(pool: Pool):
    _warm(pool)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.run, RUNAWAY, JSON, ALL)
        time.sleep(0.05)
        with pytest.raises(EngineBusyError):
            pool.run("ASK {}", JSON, ALL)
        with pytest.raises(EngineTimeoutError):
            running.result()
    _warm(pool)


def test_a_result_over_the_limit_is_refused_not_cut(pool: Pool):
    _warm(pool)
    with pytest.raises(ResultTooLargeError) as caught:
        pool.run("SELECT * { ?s ?p ?o }", JSON, ALL)
    assert (caught.value.limit, caught.value.unit) == (100_000, "bytes")
    assert pool.run("ASK {}", JSON, ALL).body


def test_a_malformed_query_is_the_callers_fault_and_costs_no_worker(pool: Pool):
    _warm(pool)
    before = _workers()
    with pytest.raises(QueryRefusedError, match="malformed"):
        pool.run("SELECT * {", JSON, ALL)
    assert _workers() == before


def test_nothing_is_run_where_workers_have_the_network_unless_it_is_allowed(service, monkeypatch):
    async def greet(self, seconds: float, on_lost) -> None:
        await wait_for_it(self, seconds, on_lost)
        self.network = "none"

    wait_for_it = WorkerProcess.greet
    monkeypatch.setattr(WorkerProcess, "greet", greet)
    for allowed in (False, True):
        limits = Limits(waiting=60, with_network=allowed)
        pool = Pool(service.release.quads, service.release.identity, service.prefixes, size=1, limits=limits)
        pool.begin()
        try:
            assert pool.await_worker(60)
            for _ in range(2):  # a worker that was not asked is free again
                if allowed:
                    assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
                else:
                    with pytest.raises(NotIsolatedError, match="Canned queries go on"):
                        pool.run("ASK {}", JSON, ALL)
            assert pool.pool.network() == "none"
        finally:
            pool.close()


@pytest.mark.parametrize("chain", [",1", ";a 1"])
def test_the_longest_chain_takes_time_and_does_not_end_the_worker(pool: Pool, chain: str):
    text = "ASK { ?s a 1 }"
    text = text.replace(" }", chain * ((MAX_LENGTH - len(text)) // len(chain)) + " }")
    _warm(pool)
    with pytest.raises(EngineTimeoutError):
        pool.run(text, JSON, ALL)
    _warm(pool)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (f"PREFIX SELECT.{'a' * 120}: <http://x/> CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", GRAPH),
        (f"PREFIX CONSTRUCT.{'a' * 120}: <http://x/> ASK {{}}", BOOLEAN),
        (f"PREFIX ASK.{'a' * 120}: <http://x/> SELECT * {{}}", SOLUTIONS),
    ],
)
def test_the_format_is_chosen_by_what_came_and_not_by_the_text(pool: Pool, query: str, kind: str):
    _warm(pool)
    before = _workers()
    formats = {SOLUTIONS: "text/csv", BOOLEAN: _MEDIA_TYPE, GRAPH: "application/n-triples"}
    limited = DatasetChoice(default=("https://w3id.org/gfmd-kg/graph/none",))
    assert pool.run(query, formats, limited).kind == kind
    del formats[kind]
    with pytest.raises(NoFormatError) as caught:
        pool.run(query, formats, limited)
    assert caught.value.kind == kind
    assert _workers() == before


def test_memory_is_limited(service):
    limits = Limits(seconds=60, waiting=60, memory_bytes=512 * 1024 * 1024)
    pool = Pool(service.release.quads, service.release.identity, service.prefixes, size=1, limits=limits)
    pool.begin()
    try:
        query = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c ?a"
        with pytest.raises(EngineMemoryError, match="more memory than it may have, 512 MiB"):
            pool.run(query, JSON, ALL)
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("number", "raised"),
    [(signal.SIGSEGV, EngineError), (signal.SIGABRT, EngineError), (signal.SIGKILL, EngineMemoryError)],
)
def test_a_crash_is_no_lack_of_memory(service, until, caplog, number: int, raised: type[EngineError]):
    pool = Pool(
        service.release.quads,
        service.release.identity,
        service.prefixes,
        size=1,
        limits=Limits(seconds=60, waiting=60),
    )
    pool.begin()
    try:
        assert pool.await_worker(60)
        (worker,) = pool.workers
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(pool.run, RUNAWAY, JSON, ALL)
            until(lambda: pool.pool.busy)
            os.kill(worker.pid, number)
            with pytest.raises(EngineError) as caught:
                running.result()
        assert type(caught.value) is raised
        assert (f"status -{number:d}" in caplog.text) is (raised is EngineError)
    finally:
        pool.close()


def test_a_cancelled_query_frees_its_worker_at_once(pool: Pool):
    _warm(pool)
    kills, before = pool.pool.kills, _workers()
    assert pool.cancelled(RUNAWAY, JSON, 0.1)
    assert pool.pool.busy == 0
    assert pool.pool.kills == kills + 1
    _warm(pool)
    assert not before & _workers()


def test_a_query_that_is_cancelled_while_it_waits_loses_no_worker(service, until):
    pool = _pool(service, 1, Limits(seconds=1, waiting=60))
    pool.begin()
    try:
        assert pool.await_worker(60)
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(pool.run, RUNAWAY, JSON, ALL)
            until(lambda: pool.pool.busy)
            assert pool.cancelled("ASK {}", JSON, 0.1)
            with pytest.raises(EngineTimeoutError):
                running.result()
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
        assert (pool.pool.kills, pool.pool.refusals) == (1, 0)
    finally:
        pool.close()


def test_who_waits_longest_is_next(service, until):
    pool = _pool(service, 1, Limits(seconds=1, waiting=60))
    pool.begin()
    done: list[int] = []

    def ask(number: int) -> None:
        pool.run("ASK {}", JSON, ALL)
        done.append(number)

    try:
        assert pool.await_worker(60)
        with ThreadPoolExecutor(6) as threads:
            held = threads.submit(pool.run, RUNAWAY, JSON, ALL)
            until(lambda: pool.pool.busy)
            for number in range(5):
                threads.submit(ask, number)
                until(lambda number=number: len(pool.pool._turns) == number + 1)
            assert isinstance(held.exception(), EngineTimeoutError)
        assert done == sorted(done)
        assert len(done) == 5
    finally:
        pool.close()


def test_a_text_and_a_result_that_no_pipe_holds_at_once(service):
    pool = _pool(service, 1, Limits(seconds=60, waiting=60))
    pool.begin()
    try:
        text = "é" * 50_000  # 300 kB as JSON
        found = pool.run(f'SELECT ("{text}" AS ?x) (CONCAT(?x, ?x, ?x) AS ?y) {{}}', JSON, ALL)
        row = json.loads(found.body)["results"]["bindings"][0]
        assert (row["x"]["value"], row["y"]["value"]) == (text, 3 * text)
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
    finally:
        pool.close()


def test_a_worker_that_ends_while_nobody_asks_is_replaced_at_once(service, until):
    pool = _pool(service, 1, Limits(waiting=60))
    pool.begin()
    try:
        assert pool.await_worker(60)
        (worker,) = pool.workers
        os.kill(worker.pid, signal.SIGKILL)
        until(lambda: pool.idle == 1 and worker not in pool.workers)
        assert pool.pool.kills == 1
    finally:
        pool.close()


@pytest.mark.parametrize("words", [b"junk\n", b'{"length": 1}\nxx', b"[]\n", b'{"length": "x"}\n'])
def test_what_is_no_answer_is_given_to_nobody(service, monkeypatch, caplog, words: bytes):
    class Babbling(WorkerProcess):
        def _take(self, reply) -> None:
            if self.network != "starting":
                self._received[:] = words
            super()._take(reply)

    monkeypatch.setattr(pool_module, "WorkerProcess", Babbling)
    pool = _pool(service, 1, Limits(seconds=10, waiting=60))
    pool.begin()
    try:
        assert pool.await_worker(60)
        with pytest.raises(EngineError, match="ended its worker"):
            pool.run("ASK {}", JSON, ALL)
        assert "no answer" in caplog.text
        assert pool.pool.kills == 1
    finally:
        pool.close()


def test_a_query_does_not_meet_a_worker_that_ended_before_it(service):
    pool = Pool(
        service.release.quads, service.release.identity, service.prefixes, size=1, limits=Limits(waiting=60)
    )
    pool.begin()
    try:
        assert pool.await_worker(60)
        (worker,) = pool.workers
        os.kill(worker.pid, signal.SIGKILL)
        worker._process.wait()
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
        assert pool.pool.kills == 1
    finally:
        pool.close()


def test_a_worker_that_would_load_something_else_is_not_asked(service, tmp_path, until, caplog):
    quads = tmp_path / "gfmd-kg.nq"
    whole = service.release.quads.read_bytes()
    quads.write_bytes(whole)
    limits = Limits(seconds=5, waiting=0.2)
    pool = Pool(quads, service.release.identity, service.prefixes, size=2, limits=limits)
    pool.begin()
    try:
        until(lambda: pool.idle == 2)
        quads.write_bytes(whole[: whole.index(b"\n") + 1])
        for worker in pool.workers:
            os.kill(worker.pid, signal.SIGKILL)
            worker._process.wait()
        with pytest.raises(EngineBusyError):
            pool.run("ASK {}", JSON, ALL)
        until(lambda: "is damaged" in caplog.text)
        until(lambda: not pool.workers)
        with pytest.raises(EngineBusyError, match="No query worker could be started"):
            pool.run("ASK {}", JSON, ALL)
        time.sleep(1.5)  # another attempt
        assert caplog.text.count("is damaged") == 1
        quads.write_bytes(whole)
        until(lambda: pool.idle == 2)
        found = pool.run("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", JSON, ALL)
        number = json.loads(found.body)["results"]["bindings"][0]["n"]["value"]
        assert int(number) == service.release.statistics()["statements"]
    finally:
        pool.close()


def test_a_worker_gets_no_more_of_the_environment_than_it_needs(service, monkeypatch):
    monkeypatch.setenv("GFMD_KG_STORE", "http://user:hush@127.0.0.1:9/sparql")
    monkeypatch.setenv("SOME_TOKEN", "hush")
    monkeypatch.setenv("MY_PATH", "hush")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    pool = _pool(service, size=1)
    pool.begin()
    try:
        assert pool.await_worker(60)
        (pid,) = {worker.pid for worker in pool.workers}
        found = Path(f"/proc/{pid}/environ").read_bytes()
    finally:
        pool.close()
    assert b"hush" not in found
    names = {pair.partition(b"=")[0].decode() for pair in found.split(b"\0") if pair}
    assert "LC_CTYPE" in names and ("PATH" in names or "PATH" not in os.environ)
    assert not {name for name in names if re.search("GFMD|TOKEN|PASSWORD|SECRET", name)}


def test_closing_ends_the_workers(service):
    pool = _pool(service, size=2)
    pool.begin()
    end = time.monotonic() + 10  # a process has its name a moment after it began
    while len(own := {worker.pid for worker in pool.workers} & _workers()) < 2:
        assert time.monotonic() < end
    pool.close()
    assert not own & _workers()


def test_the_first_worker_is_waited_for_longer_than_a_busy_one(service):
    limits = Limits(seconds=60, waiting=0.01)
    pool = Pool(service.release.quads, service.release.identity, service.prefixes, size=1, limits=limits)
    late = threading.Timer(0.5, pool.begin)
    late.start()
    try:
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
    finally:
        late.join()
        pool.close()


def test_a_worker_that_cannot_be_started_is_tried_again(service, monkeypatch):
    begun = []

    class Refused(WorkerProcess):
        def __init__(self, quads, identity, memory) -> None:
            begun.append(quads)
            if len(begun) == 1:
                raise OSError("too many open files")
            super().__init__(quads, identity, memory)

    monkeypatch.setattr(pool_module, "WorkerProcess", Refused)
    pool = Pool(
        service.release.quads, service.release.identity, service.prefixes, size=1, limits=Limits(waiting=60)
    )
    pool.begin()
    try:
        assert pool.await_worker(60)
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
        assert len(begun) == 2
    finally:
        pool.close()


def test_a_worker_whose_server_has_gone_ends_its_query(service):
    command = [
        sys.executable,
        "-m",
        "gfmd_kg.store.sandbox.worker",
        str(service.release.quads),
        service.release.identity,
        "0",
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdout.readline()
    request = {"text": RUNAWAY, "formats": JSON, "default": [], "named": []}
    process.stdin.write(json.dumps(request | {"max_bytes": 1000, "seconds": 0.5}).encode() + b"\n")
    process.stdin.close()
    assert process.wait(15) == -signal.SIGALRM
    process.stdout.close()


def _workers() -> set[int]:
    """The process ids of this process's query workers."""
    children = [
        int(pid) for task in Path("/proc/self/task").iterdir() for pid in _read(task / "children").split()
    ]
    return {pid for pid in children if b"gfmd_kg.store.sandbox.worker" in _read(Path(f"/proc/{pid}/cmdline"))}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # a thread or process may end while it is looked at
        return b""


def test_any_number_of_descriptors_may_be_open(service):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard >= 2000, "this test needs more than 1024 descriptors"
    resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    pool = Pool(service.release.quads, service.release.identity, service.prefixes, size=1, limits=Limits())
    try:
        pool.begin()
        assert pool.await_worker(30)
        assert json.loads(pool.run("ASK {}", JSON, ALL).body)["boolean"] is True
    finally:
        pool.close()
        for number in held:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_fault_of_the_store_is_not_the_callers():
    class Broken:
        def query(self, *_: object, **__: object) -> None:
            raise OSError("/some/place: the disk is broken")

    request = {"text": "ASK {}", "default": [], "named": [], "max_bytes": 10}
    assert worker.answer(Broken(), request) == (  # type: ignore[arg-type]
        {"failed": "/some/place: the disk is broken"},
        b"",
    )
