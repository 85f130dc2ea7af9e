"""What a process can still do once it is shut off, tried from inside one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gfmd_kg.catalogue.service import Service
from gfmd_kg.store.engines.disk import disk_folder, open_disk

# Runs in a process of its own: loads as a worker does, shuts itself off, and tells what then failed and how.
_INSIDE = """
import ctypes, json, os, resource, signal, socket, subprocess, sys, threading
from pathlib import Path
from gfmd_kg.store.sandbox import isolation, worker

data, identity, scratch, user, namespace = sys.argv[1:]
store = worker._open(Path(data), identity)
libc = ctypes.CDLL(None, use_errno=True)
if user == "nobody" and os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
if namespace == "refused":
    class Refusing:
        prctl = libc.prctl
        def unshare(self, flags):
            return -1
    isolation.ctypes.CDLL = lambda *_, **__: Refusing()
how = isolation.isolate()

def call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "refused")

def write():
    descriptor = os.open(scratch, os.O_WRONLY)
    try:
        os.write(descriptor, b"x")
    finally:
        os.close(descriptor)

def fork():
    if os.fork() == 0:
        os._exit(0)

machine = os.uname().machine
clone = {"x86_64": 56, "aarch64": 220}[machine]
tried = {
    "inet": socket.socket,
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "fork": fork,
    "clone": lambda: call(clone, signal.SIGCHLD, 0, 0, 0, 0),
    "clone3": lambda: call(435, 0, 0),
    "spawn": lambda: subprocess.run(["true"]),
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "io_uring": lambda: call(425, 8, 0),
    "signal": lambda: os.kill(os.getppid(), 0),
    "write": write,
}
found = {}
for name, attempt in tried.items():
    try:
        attempt()
        found[name] = "done"
    except OSError as error:
        found[name] = error.errno
request = {"text": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", "default": [], "named": []}
request |= {"formats": {"solutions": "text/csv"}, "max_bytes": 1000}
header, body = worker.answer(store, request)
text = "SELECT ?s { ?s ?p ?o } ORDER BY STR(?o) LIMIT 1"
again, _ = worker.answer(store, request | {"text": text})
print(json.dumps({"how": how, "count": body.decode(), "again": again, "found": found,
    "core": resource.getrlimit(resource.RLIMIT_CORE)}))
"""


@pytest.fixture(scope="module", params=["memory", "disk"])
def data(service: Service, request: pytest.FixtureRequest) -> Path:
    if request.param == "memory":
        return service.release.quads
    open_disk(service.release).close()
    return disk_folder(service.release)


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces and seccomp are Linux's")
@pytest.mark.parametrize("user", ["the same", "nobody"])
@pytest.mark.parametrize("namespace", ["allowed", "refused"])
def test_nothing_leads_out_and_queries_are_answered(
    service: Service, data: Path, tmp_path: Path, user: str, namespace: str
):
    scratch = tmp_path / "scratch"
    scratch.write_bytes(b"")
    scratch.chmod(0o666)
    # opened here: others may not enter the folder
    shared = os.open(scratch, os.O_RDONLY)
    command = [sys.executable, "-c", _INSIDE, str(data), service.release.identity]
    command += [f"/proc/self/fd/{shared}", user, namespace]
    try:
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=[shared], check=False)
    finally:
        os.close(shared)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content["how"] in (("seccomp",) if namespace == "refused" else ("namespace", "seccomp"))
    assert content["count"] == f"n\r\n{service.release.statistics()['statements']}\r\n"
    assert content["again"]["kind"] == "solutions"
    assert content["core"] == [0, 0]
    found = content["found"]
    assert found.pop("clone3") == 38  # not there
    assert found.pop("write") == 27  # too large
    assert found.pop("spawn") in (1, 11)
    assert found.pop("fork") in (1, 11)
    assert found.pop("clone") in (1, 11)
    assert set(found.values()) == {1}, found  # not permitted
    assert scratch.read_bytes() == b""
