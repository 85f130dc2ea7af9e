"""What is handed out as XML is well-formed, or is not handed out.

XML 1.0 (fifth edition, section 2.2) has no place for most control characters and for U+FFFE and U+FFFF, not
even as character references (section 4.1), and RDF/XML none for a property that ends in no XML name. The
formats of SPARQL results and RDF/XML are written in XML 1.0 and know no escape of their own: one of ours
would be read as other text by everybody else, and XML 1.1 is read by few and has no U+0000 either. So such
a result is refused, with the formats that can hold it. A parser judges, not a list of cases.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from gfmd_kg.errors import NotInXmlError

_NEVER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (section 2.2, production 2)."""


def finish_xml(body: bytes, instead: str) -> bytes:
    """The document, with carriage returns kept; raises ``NotInXmlError`` that names the formats ``instead``.

    A parser reads a bare carriage return as a line feed (section 2.11), so that it would be lost.
    """
    whole = body.replace(b"\r", b"&#13;")
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(whole, True)
    except expat.ExpatError as error:
        raise NotInXmlError(_reason(whole, error), instead) from None
    return whole


def _reason(body: bytes, error: expat.ExpatError) -> str:
    found = _NEVER.search(body.decode("utf-8", "replace"))
    if found:
        return f"the character U+{ord(found[0]):04X}, which is none of XML"
    near = re.search(rb'xmlns:?\w*="([^"]*)"', body[_offset(body, error) :])
    name = near[1].decode() if near else ""
    return f"a property that ends in no XML name{f', {name}' if name else ''}"


def _offset(body: bytes, error: expat.ExpatError) -> int:
    """Where in the document the parser gave up."""
    lines = body.split(b"\n", error.lineno)
    return sum(len(line) + 1 for line in lines[: error.lineno - 1]) + error.offset
