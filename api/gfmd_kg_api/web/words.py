"""The words of the pages in the three languages."""

from __future__ import annotations

import tomllib
from importlib.resources import files


def words(lang: str) -> dict[str, str]:
    """All words of ``words.toml`` in one language, by name."""
    text = files("gfmd_kg_api.web").joinpath("words.toml").read_text(encoding="utf-8")
    return {name: row[lang] for name, row in tomllib.loads(text).items()}
