"""What OpenAPI says of each route: parameters with their allowed values, formats, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gfmd_kg.catalogue.header import LANGUAGES, ParamHeader
from gfmd_kg.catalogue.model import CannedQuery
from gfmd_kg.catalogue.parameters import BASES, MAX_PAGE, allowed
from gfmd_kg.catalogue.registry import Catalogue
from gfmd_kg.store.sandbox.worker import GRAPH_FORMATS, RESULT_FORMATS

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
        "nearest_label": {"type": "string"},
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
_READING = {
    "type": "object",
    "description": "How a name was read that is neither slug nor IRI.",
    "required": ["given", "iri", "label"],
    "properties": {"given": _STRING, "iri": _STRING, "label": _STRING},
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


def describe_queries(catalogue: Catalogue, offers: Mapping[str, str]) -> dict[str, Any]:
    """The OpenAPI path of each canned query, with what follows from its header."""
    return {
        f"/queries/{query.id}": {
            "get": {
                "tags": ["canned queries"],
                "summary": query.header.title.en,
                "description": query.header.description.en,
                "operationId": query.id.replace("-", "_"),
                **_operation(query, catalogue, offers),
            }
        }
        for query in catalogue
    }


def _operation(query: CannedQuery, catalogue: Catalogue, offers: Mapping[str, str]) -> dict[str, Any]:
    parameters = [_parameter(query, name, param, catalogue) for name, param in query.header.params.items()]
    answer = {"application/json": {"schema": _answer(query)}}
    others: dict[str, Any] = {
        media_type: {} for media_type in offers.values() if media_type != "application/json"
    }
    return {
        "parameters": [*parameters, *_common(offers)],
        "responses": {
            "200": {
                "description": "The answer, with the sources of each row.",
                "content": {**answer, **others},
            },
            "304": {"description": "The client has this answer already."},
            **_problems(
                {
                    400: "A parameter is wrong; the problem names it.",
                    406: "No offered media type is accepted.",
                    502: "The query engine failed or could not be reached.",
                    504: "The query engine did not answer in time.",
                }
            ),
        },
    }


def describe_resource(
    offers: Mapping[str, str], *, language: bool = True, path: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The part of the OpenAPI operation of what is there in the formats of ``offers`` (name, media type).

    ``path`` says what each part of the address is, of which there may be none such.
    """
    formats = {"type": "string", "enum": list(offers)}
    options = [*_path(path or {}), _option("format", "Format, instead of Accept.", formats)]
    if language:
        options.append(_LANGUAGE)
    content: dict[str, Any] = {media_type: {} for media_type in offers.values()}
    responses = {
        "200": {"description": "The content, in the format asked for.", "content": content},
        "304": {"description": "The client has it already."},
        **_problems(
            {400: "The format or language is not offered.", 406: "No offered media type is accepted."}
        ),
    }
    if path:
        responses |= _problems({404: "There is no such thing; the problem names the nearest."})
    return {"parameters": options, "responses": responses}


def describe_redirect(path: Mapping[str, str]) -> dict[str, Any]:
    """The part of the OpenAPI operation of ``GET /id/{kind}/{slug}``."""
    unknown = _problems({404: "There is no such thing; the problem names the nearest."})
    return {"parameters": _path(path), "responses": unknown}


def describe_download(media_types: Iterable[str], path: Mapping[str, str]) -> dict[str, Any]:
    """The part of the OpenAPI operation of ``GET /export/{name}``."""
    return {
        "parameters": _path(path),
        "responses": {
            "200": {"description": "The file.", "content": {media_type: {} for media_type in media_types}},
            "304": {"description": "The client has it already."},
            **_problems({404: "There is no such file; the problem names those there are."}),
        },
    }


def describe_endpoint() -> dict[str, Any]:
    """The OpenAPI path of the SPARQL endpoint."""
    graphs = {"type": "array", "items": _STRING}
    form = {"type": "object", "required": ["query"], "properties": {"query": _STRING}}
    content = {
        "application/x-www-form-urlencoded": {"schema": form},
        "application/sparql-query": {"schema": _STRING},
    }
    get = {
        "tags": ["SPARQL"],
        "summary": "Run a SPARQL query; without one, describe the service",
        "operationId": "get_sparql_get",
        "parameters": [
            _option("query", "A SPARQL 1.1 query.", _STRING),
            _option(
                "default-graph-uri",
                "Graphs whose merge is the default graph; all if no graph is named.",
                graphs,
            ),
            _option("named-graph-uri", "Graphs that GRAPH may name; all if no graph is named.", graphs),
            _option("format", "Format, instead of Accept.", _STRING),
        ],
        "responses": _sparql_responses(),
    }
    post = {
        "tags": ["SPARQL"],
        "summary": "Run a SPARQL query sent as a form or as application/sparql-query",
        "operationId": "post_sparql_post",
        "requestBody": {"required": True, "content": content},
        "responses": _sparql_responses(),
    }
    return {"/sparql": {"get": get, "post": post}}


def _sparql_responses() -> dict[str, Any]:
    results: dict[str, Any] = {
        media_type: {}
        for media_type in (*RESULT_FORMATS, *GRAPH_FORMATS, "application/json", "application/xml", "text/xml")
    }
    described: dict[str, Any] = {
        media_type: {} for media_type in ("text/html", "application/trig", "application/n-quads")
    }
    return {
        "200": {
            "description": "The result of the query; without one, the description of the service.",
            "content": {**results, **described},
        },
        "304": {"description": "The client has it already."},
        **_problems(
            {
                400: "The query is malformed or refused.",
                406: "No offered media type is accepted.",
                408: "The body did not come in time.",
                413: "The body is too large.",
                415: "The body is of a media type that is not understood.",
                422: "The result is too large; or XML, which was asked for, cannot hold it.",
                429: "This address has as many queries here as one may; see Retry-After.",
                502: "The query ended its worker.",
                503: "All workers are busy, see Retry-After; or the query needs too much memory.",
                504: "The query ran too long and was stopped.",
            }
        ),
    }


def _problems(descriptions: Mapping[int, str]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {
        str(status): {"description": description, "content": content}
        for status, description in descriptions.items()
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
            "read_as": {"type": "object", "additionalProperties": {"type": "array", "items": _READING}},
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
    if param.type == "iri":
        description += " A slug or IRI, or a code, label or alias that one of the allowed things bears."
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


def _path(parts: Mapping[str, str]) -> list[dict[str, Any]]:
    """Parts of an address. Said here and not in a signature, for which FastAPI imports much of pydantic."""
    return [
        {"name": name, "in": "path", "required": True, "description": description, "schema": _STRING}
        for name, description in parts.items()
    ]


def _option(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_LANGUAGE = _option(
    "lang", "Language of labels; else Accept-Language.", {"type": "string", "enum": list(LANGUAGES)}
)


def _common(offers: Mapping[str, str]) -> list[dict[str, Any]]:
    basis = {"type": "array", "items": {"type": "string", "enum": list(BASES)}}
    return [
        _option("basis", "What the answer may rest on; source by default.", basis),
        _option("document", "Only what these documents state.", {"type": "array", "items": _STRING}),
        _LANGUAGE,
        _option("limit", "Rows of a page.", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}),
        _option("offset", "Rows before the page.", {"type": "integer", "minimum": 0}),
        _option("format", "Format, instead of Accept.", {"type": "string", "enum": list(offers)}),
    ]
