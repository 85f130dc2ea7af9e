"""Bytes of people's files: what is UTF-8 is read, what is not is named."""

from __future__ import annotations

import pytest

from gfmd_kg.decoding import decode, read
from gfmd_kg.errors import EncodingError


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    assert decode(b"\xef\xbb\xbfASK {}") == decode(b"ASK {}") == "ASK {}"
    assert decode("a\ufeffb".encode()) == "a\ufeffb"
    path = tmp_path / "query.rq"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read(path) == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("first\nd’été".encode("cp1252"), 2, "byte 0x92 in line 2 is not UTF-8"),
        ("été".encode("latin-1"), 1, "byte 0xe9 in line 1 is not UTF-8"),
        ("ASK {}".encode("utf-16"), None, "it is UTF-16, not UTF-8"),
        (b"\xfe\xff" + "ASK {}".encode("utf-16-be"), None, "it is UTF-16, not UTF-8"),
        ("ASK {}".encode("utf-32"), None, "it is UTF-32, not UTF-8"),
        ("ASK {}".encode("utf-16-le"), None, "it seems to be UTF-16"),
    ],
)
def test_another_encoding_is_named(data: bytes, line: int | None, words: str):
    with pytest.raises(EncodingError, match=words) as caught:
        decode(data)
    assert caught.value.line == line
    assert "save it as UTF-8." in str(caught.value)
