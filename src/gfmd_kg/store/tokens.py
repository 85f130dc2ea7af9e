"""Cut a SPARQL text into tokens, by the terminals of SPARQL 1.1 (W3C recommendation, section 19.8).

An engine cuts as it parses and may differ: what must never be run is not told by tokens alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | \#[^\n\r]*)
  | (?P<string>"{3}(?:[^"\\]|\\.|"(?!""))*"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
      | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<name>(?=:|[^\W\d_][\w.-]{0,101}+:)(?:[^\W\d_](?:[\w.-]{0,100}[\w-])?)?:
      (?:[\w:%-]++ | \\[_~.\-!$&'()*+,;=/?\#@%] | \.+(?=[\w:%\\-]))* | _:[\w.-]+)
  | (?P<word>@?[^\W\d_][\w-]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def split_tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token; together they are ``text`` again."""
    return ((match.lastgroup or "other", match.group()) for match in _TOKEN.finditer(text))
