"""An answer in the formats that people and programs ask for.

Tables carry the answer's columns in their stable order and, last, ``sources``: the passages of the row as
``document:line`` or ``document:first-last``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from gfmd_kg.catalogue.model import Answer, Cell, Row, Value
from gfmd_kg.errors import UnknownError
from gfmd_kg.xml import finish_xml

SOURCES = "sources"
SOURCE_SEPARATOR = "; "
_XSD = "http://www.w3.org/2001/XMLSchema#"
_SRX = "http://www.w3.org/2005/sparql-results#"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Links = Mapping[str, str]


@dataclass(frozen=True)
class AnswerFormat:
    """One format: its name in commands, its media type, the ending of a file, and its writer."""

    name: str
    media_type: str
    ending: str
    write: Callable[[Answer, Links], bytes]


_encode = json.JSONEncoder(ensure_ascii=False).encode


def write_json(answer: Answer, links: Links) -> bytes:
    """The project's JSON shape, with sources on every row; a value that no source states is ``{}``."""
    content: dict[str, Any] = {
        "query": answer.query.id,
        "parameters": answer.parameters,
        **_json_readings(answer),
        "columns": list(answer.query.columns),
        "rows": [_json_row(row) for row in answer.rows],
        "sources": [_json_source(answer, number) for number in range(len(answer.sources))],
        "count": len(answer.rows),
        "total": answer.total,
        "truncated": answer.truncated,
    }
    if answer.note:
        content["note"] = answer.note
    content |= {"lang": answer.lang, "version": answer.version, "links": dict(links)}
    return _laid_out(content).encode()


def _json_readings(answer: Answer) -> dict[str, Any]:
    if not answer.read_as:
        return {}
    told = {
        name: [{"given": each.given, "iri": each.item.iri, "label": each.item.label} for each in readings]
        for name, readings in answer.read_as.items()
    }
    return {"read_as": told}


def _laid_out(content: Mapping[str, Any]) -> str:
    """One member a line, and one row or source: to indent by ``json`` itself takes several times as long."""
    lines = (f" {_encode(name)}: {_line_each(value)}" for name, value in content.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line_each(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(map(_encode, value)) + "\n ]"
    return _encode(value)


def table(answer: Answer) -> tuple[list[str], list[list[Value | None]]]:
    """Header and rows of native values; a thing is its IRI, and ``None`` is what no source states."""
    names = list(answer.query.columns)
    rows: list[list[Value | None]] = []
    for row in answer.rows:
        cells: list[Value | None] = [_plain(row.cells[name]) for name in names]
        rows.append([*cells, short_sources(answer, row)])
    return [*names, SOURCES], rows


def short_sources(answer: Answer, row: Row) -> str:
    """The sources of a row as ``document:lines``, separated by semicolons."""
    return SOURCE_SEPARATOR.join(answer.sources[number].short() for number in row.sources)


def find_answer_format(name: str) -> AnswerFormat:
    """The format of this name; raises ``UnknownError`` with the list."""
    try:
        return ANSWER_FORMATS[name]
    except KeyError:
        raise UnknownError("format", name, f"There is no answer format '{name}'.", ANSWER_FORMATS) from None


def _json_row(row: Row) -> dict[str, Any]:
    cells: dict[str, Any] = {name: _json_cell(cell) for name, cell in row.cells.items()}
    return {**cells, SOURCES: list(row.sources)}


def _json_cell(cell: Cell) -> dict[str, Any]:
    if cell.item:
        found: dict[str, Any] = {"iri": cell.item.iri, "label": cell.item.label}
        return found | ({"lang": cell.item.lang} if cell.item.lang else {})
    if cell.value is None:
        return {}
    content: dict[str, Any] = {"value": cell.value}
    if cell.lang:
        content["lang"] = cell.lang
    if cell.items:
        content["items"] = [{"iri": item.iri, "label": item.label} for item in cell.items]
    return content


def _json_source(answer: Answer, number: int) -> dict[str, Any]:
    source = answer.sources[number]
    content: dict[str, Any] = {
        "passage": source.graph,
        "document": source.document,
        "locator": source.locator,
        "first_line": source.first_line,
        "last_line": source.last_line,
    }
    return content | {"basis": source.basis}


def _plain(cell: Cell) -> Value | None:
    return cell.item.iri if cell.item else cell.value


def _separated(delimiter: str, end: str) -> Callable[[Answer, Links], bytes]:
    def write(answer: Answer, _links: Links) -> bytes:
        names, rows = table(answer)
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
        writer.writerow(names)
        for row in rows:
            writer.writerow([_text(value) for value in row])
        return text.getvalue().encode()

    return write


def _text(value: Value | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _xlsx(answer: Answer, _links: Links) -> bytes:
    try:
        import xlsxwriter  # noqa: PLC0415  (an extra, and slow to import)
    except ModuleNotFoundError as error:
        raise _missing("xlsx") from error
    names, rows = table(answer)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(answer.query.id[:31])
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, names, bold)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [_xlsx_value(value) for value in row])
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return buffer.getvalue()


def _xlsx_value(value: Value | None) -> Value:
    """Control characters are escaped by the writer; two others would make its XML ill-formed."""
    if isinstance(value, str):
        return value.translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})
    return "" if value is None else value


def _parquet(answer: Answer, _links: Links) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415  (an extra, and slow to import)
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing("parquet") from error
    names, rows = table(answer)
    kinds = {"integer": pa.int64(), "double": pa.float64(), "boolean": pa.bool_()}
    columns = answer.query.header.columns
    fields = [
        pa.field(name, kinds.get(columns[name].type if name in columns else "", pa.string()))
        for name in names
    ]
    data = [[_typed(row[index], field.type, pa) for row in rows] for index, field in enumerate(fields)]
    buffer = io.BytesIO()
    pq.write_table(pa.table(data, schema=pa.schema(fields)), buffer)
    return buffer.getvalue()


def _typed(value: Value | None, kind: Any, pa: Any) -> Value | None:
    return _text(value) if value is not None and kind == pa.string() else value


def _missing(name: str) -> UnknownError:
    installed = [other for other in ANSWER_FORMATS if other not in ("xlsx", "parquet")]
    detail = f"The format '{name}' needs the extra 'tables': install gfmd-kg[tables]."
    return UnknownError("format", name, detail, installed)


def _srj(answer: Answer, _links: Links) -> bytes:
    names = list(answer.query.columns)
    bindings = [
        {name: binding for name in names if (binding := _srj_binding(row.cells[name])) is not None}
        for row in answer.rows
    ]
    content = {"head": {"vars": names}, "results": {"bindings": bindings}}
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _srj_binding(cell: Cell) -> dict[str, str] | None:
    if cell.item:
        return {"type": "uri", "value": cell.item.iri}
    if cell.value is None:
        return None
    binding = {"type": "literal", "value": _text(cell.value)}
    if cell.lang:
        return binding | {"xml:lang": cell.lang}
    kind = _datatype(cell.value)
    return binding | ({"datatype": kind} if kind else {})


def _srx(answer: Answer, _links: Links) -> bytes:
    ET.register_namespace("", _SRX)
    root = ET.Element(f"{{{_SRX}}}sparql")
    head = ET.SubElement(root, f"{{{_SRX}}}head")
    for name in answer.query.columns:
        ET.SubElement(head, f"{{{_SRX}}}variable", name=name)
    results = ET.SubElement(root, f"{{{_SRX}}}results")
    for row in answer.rows:
        result = ET.SubElement(results, f"{{{_SRX}}}result")
        for name in answer.query.columns:
            _srx_binding(result, name, row.cells[name])
    return finish_xml(ET.tostring(root, encoding="utf-8", xml_declaration=True), "JSON, CSV or TSV")


def _srx_binding(result: ET.Element, name: str, cell: Cell) -> None:
    if cell.item is None and cell.value is None:
        return
    binding = ET.SubElement(result, f"{{{_SRX}}}binding", name=name)
    if cell.item:
        ET.SubElement(binding, f"{{{_SRX}}}uri").text = cell.item.iri
        return
    literal = ET.SubElement(binding, f"{{{_SRX}}}literal")
    literal.text = _text(cell.value)
    kind = _datatype(cell.value)
    if cell.lang:
        literal.set(_XML_LANG, cell.lang)
    elif kind:
        literal.set("datatype", kind)


def _datatype(value: Value | None) -> str | None:
    if isinstance(value, bool):
        return _XSD + "boolean"
    if isinstance(value, int):
        return _XSD + "integer"
    return _XSD + "double" if isinstance(value, float) else None


ANSWER_FORMATS = {
    choice.name: choice
    for choice in (
        AnswerFormat("json", "application/json", "json", write_json),
        AnswerFormat("csv", "text/csv", "csv", _separated(",", "\r\n")),
        AnswerFormat("tsv", "text/tab-separated-values", "tsv", _separated("\t", "\n")),
        AnswerFormat(
            "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", _xlsx
        ),
        AnswerFormat("parquet", "application/vnd.apache.parquet", "parquet", _parquet),
        AnswerFormat("srj", "application/sparql-results+json", "srj", _srj),
        AnswerFormat("srx", "application/sparql-results+xml", "srx", _srx),
    )
}
