"""What the guides tell people to type works: each line is run as printed, against a real server."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "gfmd-kg"


def commands(name: str) -> list[str]:
    """The indented lines of a guide, continued lines joined while a quote is open."""
    found: list[str] = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("    "):
            continue
        text = line.strip()
        if found and found[-1].count("'") % 2:
            found[-1] += "\n" + text
        else:
            found.append(text)
    return found


COMMANDS = [text for text in commands("README.md") if text.startswith(".venv/bin/gfmd-kg")]
REQUESTS = [text for text in commands("README.md") if text.startswith("curl ")]


def _request(
    address: str, method: str, path: str, headers: dict[str, str], body: str | None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    found = {key.lower(): value for key, value in response.getheaders()}
    content = response.read()
    connection.close()
    return response.status, found, content


def test_the_guides_hold_examples():
    assert len(COMMANDS) >= 8
    assert len(REQUESTS) >= 5


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_of_the_readme_runs(text: str, tmp_path: Path):
    line = text.replace(".venv/bin/gfmd-kg", shlex.quote(str(COMMAND)))
    result = subprocess.run(["bash", "-c", line], capture_output=True, timeout=120, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout or any(tmp_path.iterdir())


@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_of_the_readme_is_answered(text: str, live_server: str):
    """Understands the few options of curl that the guide uses, so that curl need not be there."""
    words = iter(shlex.split(text)[1:])
    url, headers, body, follow = "", {}, None, False
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--data-urlencode":
            name, _, value = next(words).partition("=")
            body = urllib.parse.urlencode({name: value})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif word == "-o":
            next(words)
        elif word == "-L":
            follow = True
        else:
            assert not url and word.startswith("http://127.0.0.1:8000/"), word
            url = word.removeprefix("http://127.0.0.1:8000")
    status, found, content = _request(live_server, "POST" if body else "GET", url, headers, body)
    if follow:
        assert status == 303
        status, found, content = _request(
            live_server, "GET", urllib.parse.urlsplit(found["location"]).path, headers, None
        )
    assert status == 200, content
    assert content
    if found["content-type"].startswith("application/json"):
        assert json.loads(content)["total"] > 0


def test_every_link_between_the_guides_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert len(pages) >= 8
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_command_and_query_is_documented():
    help_text = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z-]+) ", help_text.partition("Commands:")[2], re.MULTILINE)
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    queries = [path.stem for path in (ROOT / "queries").glob("*/*.rq") if path.parent.name != "qc"]
    assert len(names) >= 13 and len(queries) >= 16
    for name in [*names, *queries]:
        assert f"`{name}`" in reference, name


def test_every_route_and_setting_is_documented(live_server: str):
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    status, _, content = _request(live_server, "GET", "/openapi.json", {}, None)
    assert status == 200
    paths = [path for path in json.loads(content)["paths"] if not path.startswith("/queries/")]
    assert len(paths) >= 14
    for path in paths:
        assert f"GET {path}`" in reference, path
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "api").rglob("*.py")]
    settings = {name for path in sources for name in re.findall(r"GFMD_KG_[A-Z_]+", path.read_text("utf-8"))}
    assert len(settings) >= 3
    for name in settings:
        assert f"`{name}`" in reference, name
