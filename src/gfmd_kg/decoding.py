"""Bytes that people hand over, as text: UTF-8, with or without a byte order mark, whatever the locale.

Editors of some systems begin a file with U+FEFF or write another encoding; the first is taken off, the second
is named, so that whoever wrote the file knows what to do.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from gfmd_kg.errors import EncodingError

MARK = "\ufeff"
"""The byte order mark, as a character."""

_OTHERS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def decode(data: bytes) -> str:
    """The text of ``data`` without a byte order mark. Raises ``EncodingError`` if it is not UTF-8."""
    for mark, name in _OTHERS:
        if data.startswith(mark):
            raise EncodingError(None, f"it is {name}, not UTF-8: save it as UTF-8")
    if b"\0" in data[:4]:  # no text begins so, but UTF-16 without its mark does
        raise EncodingError(None, "it seems to be UTF-16, not UTF-8: save it as UTF-8")
    try:
        return data.decode("utf-8").removeprefix(MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = f"byte {data[error.start]:#04x} in line {line} is not UTF-8: save it as UTF-8"
        raise EncodingError(line, fault) from None


def read(path: Path) -> str:
    """The text of a file, each end of a line as a line feed. Raises ``EncodingError`` or ``OSError``."""
    return decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
