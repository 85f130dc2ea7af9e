"""What OpenAPI says of a canned query: parameters with their allowed values, formats, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gfmd_kg.catalogue.header import LANGUAGES, ParamHeader
from gfmd_kg.catalogue.model import CannedQuery
from gfmd_kg.catalogue.parameters import BASES, MAX_PAGE, allowed
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.store.worker import GRAPH_FORMATS, RESULT_FORMATS

LISTED = 60
"""Allowed values beyond this many are not enumerated; the catalogue lists them."""

_STRING = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _STRING,
        "title": _STRING,
        "status": {"type": "integer"},
        "detail": _STRING,
        "parameter": _STRING,
        "given": _STRING,
        "allowed": {"type": "array", "items": _STRING},
        "nearest": {"type": ["string", "null"]},
    },
}
_CELL = {
    "type": "object",
    "description": "A thing has iri and label; a value has value; nothing stated is an empty object.",
    "properties": {
        "iri": _STRING,
        "value": {},
        "label": _STRING,
        "lang": _STRING,
        "items": {"type": "array"},
    },
}
_SOURCE = {
    "type": "object",
    "required": ["passage", "document", "locator", "first_line", "last_line"],
    "properties": {
        "passage": _STRING,
        "document": {"type": ["string", "null"]},
        "locator": {"type": ["string", "null"]},
        "first_line": {"type": ["integer", "null"]},
        "last_line": {"type": ["integer", "null"]},
        "basis": _STRING,
    },
}


def describe_query(query: CannedQuery, catalogue: Catalogue, offers: Mapping[str, str]) -> dict[str, Any]:
    """The part of the OpenAPI operation that follows from the query's header."""
    parameters = [_parameter(query, name, param, catalogue) for name, param in query.header.params.items()]
    answer = {"application/json": {"schema": _answer(query)}}
    others: dict[str, Any] = {
        media_type: {} for media_type in offers.values() if media_type != "application/json"
    }
    problems = {"application/problem+json": {"schema": _PROBLEM}}
    return {
        "parameters": [*parameters, *_common(offers)],
        "responses": {
            "200": {
                "description": "The answer, with the sources of each row.",
                "content": {**answer, **others},
            },
            "304": {"description": "The client has this answer already."},
            "400": {"description": "A parameter is wrong; the problem names it.", "content": problems},
            "406": {"description": "No offered media type is accepted.", "content": problems},
        },
    }


def describe_query_operation() -> dict[str, Any]:
    """The part of the OpenAPI operation of ``GET /sparql``."""
    graphs = {"type": "array", "items": _STRING}
    return {
        "parameters": [
            _option("query", "A SPARQL 1.1 query.", _STRING),
            _option("default-graph-uri", "Graphs that make the default graph; the union if none.", graphs),
            _option("named-graph-uri", "Graphs that GRAPH may name; all if none.", graphs),
            _option("format", "Format, instead of Accept.", _STRING),
        ],
        "responses": _sparql_responses(),
    }


def describe_posted_query() -> dict[str, Any]:
    """The part of the OpenAPI operation of ``POST /sparql``."""
    form = {"type": "object", "required": ["query"], "properties": {"query": _STRING}}
    content = {
        "application/x-www-form-urlencoded": {"schema": form},
        "application/sparql-query": {"schema": _STRING},
    }
    return {"requestBody": {"required": True, "content": content}, "responses": _sparql_responses()}


def _sparql_responses() -> dict[str, Any]:
    problems = {"application/problem+json": {"schema": _PROBLEM}}
    results: dict[str, Any] = {media_type: {} for media_type in (*RESULT_FORMATS, *GRAPH_FORMATS)}
    return {
        "200": {"description": "The result of the query.", "content": results},
        "400": {"description": "The query is malformed or refused.", "content": problems},
        "413": {"description": "The body is too large.", "content": problems},
        "422": {"description": "The result is too large.", "content": problems},
        "503": {"description": "All workers are busy; see Retry-After.", "content": problems},
        "504": {"description": "The query ran too long and was stopped.", "content": problems},
    }


def _answer(query: CannedQuery) -> dict[str, Any]:
    row = {
        "type": "object",
        "required": [*query.columns, "sources"],
        "properties": {
            **dict.fromkeys(query.columns, _CELL),
            "sources": {"type": "array", "items": {"type": "integer"}},
        },
    }
    return {
        "type": "object",
        "required": ["query", "parameters", "columns", "rows", "sources", "count", "total", "truncated"],
        "properties": {
            "query": {"const": query.id},
            "parameters": {"type": "object", "additionalProperties": {"type": "array", "items": _STRING}},
            "columns": {"type": "array", "items": _STRING},
            "rows": {"type": "array", "items": row},
            "sources": {"type": "array", "items": _SOURCE},
            "count": {"type": "integer"},
            "total": {"type": "integer"},
            "truncated": {"type": "boolean"},
            "note": _STRING,
            "lang": _STRING,
            "version": _STRING,
            "links": {"type": "object", "additionalProperties": _STRING},
        },
    }


def _parameter(query: CannedQuery, name: str, param: ParamHeader, catalogue: Catalogue) -> dict[str, Any]:
    words = allowed(param, catalogue.lookup)
    item: dict[str, Any] = {"type": "boolean"} if param.type == "boolean" else {"type": "string"}
    description = param.description.en
    if param.type != "boolean" and 0 < len(words) <= LISTED:
        choices = catalogue.choices(query, name, "en")  # labels of a long list would not be shown
        item["enum"] = list(words)
        labels = [f"{word}: {found.label}" for word, found in choices if found]
        if labels:
            item["x-enum-labels"] = {word: found.label for word, found in choices if found}
            description += " Allowed: " + "; ".join(labels) + "."
    schema = {"type": "array", "items": item} if param.repeatable else item
    return {
        "name": name,
        "in": "query",
        "required": param.required,
        "description": description,
        "schema": schema,
    }


def _option(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _common(offers: Mapping[str, str]) -> list[dict[str, Any]]:
    basis = {"type": "array", "items": {"type": "string", "enum": list(BASES)}}
    return [
        _option("basis", "What the answer may rest on; source by default.", basis),
        _option("document", "Only what these documents state.", {"type": "array", "items": _STRING}),
        _option(
            "lang", "Language of labels; else Accept-Language.", {"type": "string", "enum": list(LANGUAGES)}
        ),
        _option("limit", "Rows of a page.", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}),
        _option("offset", "Rows before the page.", {"type": "integer", "minimum": 0}),
        _option("format", "Format, instead of Accept.", {"type": "string", "enum": list(offers)}),
    ]
