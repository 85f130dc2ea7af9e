"""Fill the templates. Everything is escaped; no page loads anything from elsewhere or runs a script."""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request

from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.namespaces import local_name
from gfmd_kg_api.http.addresses import address, path_of
from gfmd_kg_api.http.negotiation import choose_language

if TYPE_CHECKING:
    from jinja2 import Environment


def _load(name: str) -> str:
    return files("gfmd_kg_api.web").joinpath("templates", name).read_text(encoding="utf-8")


class Pages:
    """The pages of one release; ``version`` stands in their foot."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._words = {lang: words(lang) for lang in LANGUAGES}

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415  (no start waits for it)

        found = Environment(
            loader=FunctionLoader(_load),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        found.filters["short"] = local_name
        return found

    def render(self, request: Request, template: str, **values: Any) -> bytes:
        """A page in the language that the request asks for."""
        lang = choose_language(request)
        text = self._environment.get_template(template).render(
            w=self._words[lang],
            lang=lang,
            languages=[(other, _with(request, "lang", other)) for other in LANGUAGES],
            version=self._version,
            href=lambda path: address(request, path),
            here=lambda iri: address(request, path_of(iri)),
            **values,
        )
        return text.encode()

    def problem(self, request: Request, content: dict[str, Any]) -> bytes:
        """The page of a problem document."""
        empty: dict[str, Any] = {"nearest": None, "nearest_label": None, "allowed": ()}
        return self.render(request, "problem.html", problem=empty | content)


def words(lang: str) -> dict[str, str]:
    """The words of the pages in one language, by name."""
    text = files("gfmd_kg_api.web").joinpath("words.toml").read_text(encoding="utf-8")
    return {name: row[lang] for name, row in tomllib.loads(text).items()}


def style() -> bytes:
    """The style sheet of all pages."""
    return files("gfmd_kg_api.web").joinpath("style.css").read_bytes()


def with_format(request: Request, name: str) -> str:
    """The address of the same in another format."""
    return _with(request, "format", name)


def _with(request: Request, name: str, value: str) -> str:
    kept = [(key, word) for key, word in request.query_params.multi_items() if key != name and word != ""]
    return "?" + urlencode([*kept, (name, value)])
