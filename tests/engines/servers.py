"""Fetch, start and stop the servers that the tests ask: on loopback, each with a folder of its own.

What is fetched stays in ``.engines`` of the checkout. Versions are pinned here; the clients (pip, Maven, apt)
take them from where this machine's own configuration says.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".engines"
OXIGRAPH = "0.5.13"
FUSEKI = "4.10.0"
STARTING = 90.0
"""Seconds that a server may take to answer for the first time."""


class MissingError(Exception):
    """A server is not to be had on this machine."""


@dataclass
class Server:
    """A running server: where it answers, how it is published to, and its process."""

    name: str
    query: str
    publish: Sequence[str]
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str] = field(default_factory=dict)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def oxigraph() -> Path:
    """The command of Oxigraph, from the wheel of that name."""
    command = CACHE / "oxigraph" / "bin" / "oxigraph"
    if not command.is_file():
        target = ["--target", str(command.parents[1]), f"oxigraph=={OXIGRAPH}"]
        _fetch([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *target])
    return command


def fuseki() -> Path:
    """The archive of Apache Jena Fuseki, from Maven Central."""
    archive = CACHE / f"jena-fuseki-server-{FUSEKI}.jar"
    installed("default-jre-headless", "java")
    if not archive.is_file():
        installed("maven", "mvn")
        artifact = f"-Dartifact=org.apache.jena:jena-fuseki-server:{FUSEKI}"
        _fetch(["mvn", "-q", "-B", "dependency:copy", artifact, f"-DoutputDirectory={CACHE}"])
    return archive


@dataclass(frozen=True)
class Command:
    """A program, and the environment that it needs to find its libraries."""

    path: Path
    environment: Mapping[str, str]


def debian(package: str, command: str) -> Command:
    """A command of a Debian package: as installed, or unpacked with all it needs beside the checkout."""
    installed = _which(command)
    if installed:
        return Command(installed, os.environ)
    folder = CACHE / "debian" / package
    if not folder.is_dir():
        _unpack(package, folder)
    found = [path for path in folder.rglob(f"*bin/{command}") if os.access(path, os.X_OK)]
    if not found:
        raise MissingError(f"{package} holds no {command}")
    libraries = sorted({str(path.parent) for path in folder.rglob("lib*.so.*")})
    return Command(found[0], {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(libraries)})


def installed(package: str, command: str) -> Path:
    """A command that does not run unpacked: as installed, or installed now if that is allowed."""
    if not _which(command):
        if os.geteuid():
            raise MissingError(f"{command} is not installed: apt-get install {package}")
        _apt(["install", "--yes", "--no-install-recommends", package])
    found = _which(command)
    if not found:
        raise MissingError(f"{package} holds no {command}")
    return found


def _which(command: str) -> Path | None:
    found = shutil.which(command) or shutil.which(command, path="/usr/sbin:/usr/bin")
    return Path(found) if found else None


def _unpack(package: str, folder: Path) -> None:
    """Unpack a package and those that it needs and that are not installed here. Any user may do so."""
    told = _apt(["install", "--simulate", "--no-install-recommends", package])
    needed = [line.split()[1] for line in told.splitlines() if line.startswith("Inst ")]
    # renamed when whole: a run that is broken off leaves nothing that the next one takes for good
    unpacked = folder.with_name(f"{package}.new")
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True)
    # the C library and the loader of this machine belong together
    _apt(["download", *(name for name in needed if name != "libc6")], unpacked)
    for archive in unpacked.glob("*.deb"):
        _fetch(["dpkg", "-x", str(archive), str(unpacked)])
        archive.unlink()
    unpacked.rename(folder)


def _apt(call: Sequence[str], folder: Path | None = None) -> str:
    """What apt-get tells; if it fails, once more with the list of packages brought up to date."""
    try:
        return _fetch(["apt-get", *call], folder)
    except MissingError:
        if os.geteuid():
            raise
        _fetch(["apt-get", "update"])
        return _fetch(["apt-get", *call], folder)


def _fetch(call: Sequence[str], folder: Path | None = None) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            call, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"'{call[0]}' cannot be run: {error}") from error
    if done.returncode:
        raise MissingError(f"'{' '.join(call[:3])} …' failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


@contextmanager
def run_oxigraph(folder: Path, port: int | None = None) -> Iterator[Server]:
    """``oxigraph serve`` with its data in ``folder``."""
    command, port = oxigraph(), port or free_port()
    call = [str(command), "serve", "--location", str(folder / "data"), "--bind", f"127.0.0.1:{port}"]
    address = f"http://127.0.0.1:{port}"
    with _running(call, folder, f"{address}/query") as process:
        publish = ["--to", f"{address}/query", "--update", f"{address}/update"]
        yield Server("oxigraph", f"{address}/query", publish, process)


@contextmanager
def run_fuseki(folder: Path) -> Iterator[Server]:
    """Fuseki with a TDB2 database in ``folder``."""
    archive, port = fuseki(), free_port()
    (folder / "data").mkdir()
    call = ["java", "-Xmx1g", "-jar", str(archive), "--localhost", "--port", str(port)]
    call += ["--tdb2", "--loc", str(folder / "data"), "--update", "/kg"]
    address = f"http://127.0.0.1:{port}/kg"
    publish = ["--to", f"{address}/query", "--update", f"{address}/update"]
    with _running(call, folder, f"{address}/query") as process:
        yield Server("fuseki", f"{address}/query", publish, process)


_VIRTUOSO = """[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 1000000
"""


@contextmanager
def run_virtuoso(folder: Path) -> Iterator[Server]:
    """Virtuoso, published to by the Graph Store Protocol with Digest, as its administrator."""
    command, port = debian("virtuoso-opensource-7-bin", "virtuoso-t"), free_port()
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(sql=free_port(), http=port))
    address = f"http://127.0.0.1:{port}"
    call = [str(command.path), "-f", "-c", "virtuoso.ini"]
    with _running(call, folder, f"{address}/sparql", command.environment) as process:
        publish = ["--to", f"{address}/sparql", "--graph-store", f"{address}/sparql-graph-crud-auth"]
        secret = {"GFMD_KG_PUBLISH_USER": "dba", "GFMD_KG_PUBLISH_PASSWORD": "dba"}
        yield Server("virtuoso", f"{address}/sparql", publish, process, secret)


@contextmanager
def _running(
    call: Sequence[str], folder: Path, query: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(call, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(query, process, folder / "output")
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, stopped or not."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(query: str, process: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until a query is answered."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{query}?query=ASK%7B%7D", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise MissingError(f"{process.args!r} did not start: {output.read_text(errors='replace')[-500:]}")


RUN = {"oxigraph": run_oxigraph, "fuseki": run_fuseki, "virtuoso": run_virtuoso}
