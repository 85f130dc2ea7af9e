"""Commands that ask the graph: queries, ask, describe, search, export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click
from pyoxigraph import (
    NamedNode,
)

from gfmd_kg.catalogue.formats import ANSWER_FORMATS, find_answer_format, short_sources
from gfmd_kg.catalogue.header import LANGUAGES
from gfmd_kg.catalogue.model import Answer, CannedQuery, Cell, Value
from gfmd_kg.catalogue.naming import find_thing
from gfmd_kg.catalogue.notes import write_readings
from gfmd_kg.catalogue.rdf import (
    RDF_FORMATS,
    find_rdf_format,
    statements_about,
    statements_behind,
    write_rdf,
    write_release,
)
from gfmd_kg.catalogue.service import Service, open_service
from gfmd_kg.cli import output as out
from gfmd_kg.cli.output import format_option, lang_option, output_option, show_term
from gfmd_kg.errors import CallError, UnknownError
from gfmd_kg.namespaces import load_prefixes, local_name, split_thing
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release
from gfmd_kg.store.engines.open import STORE_VARIABLE


def _open() -> Service:
    return open_service(find_layout(), os.environ.get(STORE_VARIABLE))


def _language(lang: str) -> str:
    if lang not in LANGUAGES:
        raise CallError("--lang", lang, f"The language '{lang}' is not offered.", LANGUAGES)
    return lang


@click.command()
@click.argument("query", required=False)
@lang_option
def queries(query: str | None, lang: str) -> None:
    """List the canned queries, or say how to call one."""
    service, lang = _open(), _language(lang)
    if query is None:
        rows = [
            (each.id, each.header.title.in_language(lang), _signature(each)) for each in service.catalogue
        ]
        out.write(out.draw(("query", "what it answers", "parameters"), rows), None)
        return
    found = service.catalogue.get(query)
    header = found.header
    click.echo(f"{found.id}: {header.title.in_language(lang)}\n\n{header.description.in_language(lang)}\n")
    for name, param in header.params.items():
        click.echo(f"  {name}{'!' if param.required else ''}: {param.description.in_language(lang)}")
        words = [word for word, _ in service.catalogue.choices(found, name, lang)]
        if words:
            click.echo(f"      one of: {', '.join(words)}")
    click.echo("\nColumns: " + ", ".join((*found.columns, "sources")) + "\n\nExamples:")
    for example in header.examples:
        given = " ".join(f"{name}={value}" for name, value in example.params.items())
        click.echo(f"  gfmd-kg ask {found.id} {given}".rstrip() + f"   # {example.title.in_language(lang)}")


@click.command()
@click.argument("query")
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@format_option
@output_option
@lang_option
def ask(query: str, parameters: Sequence[str], wanted: str | None, output: Path | None, lang: str) -> None:
    """Ask a canned QUERY; give a parameter several times for "any of"."""
    given: dict[str, list[str]] = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not equals:
            raise CallError("parameter", parameter, f"'{parameter}' is not NAME=VALUE.")
        given.setdefault(name, []).append(value)
    given.setdefault("lang", [lang])
    # csv stands in both lists, and means the answer's rows
    known = ["table", *ANSWER_FORMATS, *(name for name in RDF_FORMATS if name not in ANSWER_FORMATS)]
    choice = out.choose(wanted, output, known)
    service = _open()
    answer = service.catalogue.ask(query, given)
    if choice == "table":
        out.write(_drawn(answer), output)
    elif choice in ANSWER_FORMATS:
        out.write(find_answer_format(choice).write(answer, {}), output)
    else:
        quads = statements_behind(answer, service.catalogue.lookup)
        out.write(write_rdf(quads, find_rdf_format(choice), service.prefixes), output)
    whole = f"{answer.total} row{'' if answer.total == 1 else 's'}"
    shown = whole if len(answer.rows) == answer.total else f"{len(answer.rows)} of {whole}"
    if readings := write_readings(answer):
        out.say(readings)
    out.say(f"{shown}, release {answer.version}." + (f" {answer.note}" if answer.note else ""))


@click.command()
@click.argument("thing")
@format_option
@output_option
@lang_option
def describe(thing: str, wanted: str | None, output: Path | None, lang: str) -> None:
    """Everything the graph says of THING (kind/slug or IRI), with its sources."""
    service, lang = _open(), _language(lang)
    lookup = service.catalogue.lookup
    node = find_thing(thing, lookup, "thing")
    choice = out.choose(wanted, output, ["table", *RDF_FORMATS])
    quads = statements_about(node, lookup)
    own = [quad for quad in quads if node in (quad.subject, quad.object)]
    if not own:
        kind = (split_thing(node.value) or ("",))[0]
        raise UnknownError("thing", thing, f"No statement speaks of '{thing}'.", _same_kind(kind, service))
    if choice != "table":
        out.write(write_rdf(quads, find_rdf_format(choice), service.prefixes), output)
        return
    graphs = {quad.graph_name.value for quad in own if isinstance(quad.graph_name, NamedNode)}
    sources = lookup.sources(graphs)
    rows = {
        (
            "" if quad.subject == node else show_term(quad.subject),
            local_name(quad.predicate.value),
            "" if quad.object == node else show_term(quad.object),
            sources[graph].short() if (graph := _graph(quad.graph_name)) in sources else local_name(graph),
        )
        for quad in own
    }
    title = f"{local_name(node.value)}: {lookup.items([node.value], lang)[node.value].label}"
    out.write(out.draw(("of", "property", "value", "source"), sorted(rows), title), output)


@click.command()
@click.argument("text")
@format_option
@output_option
@lang_option
def search(text: str, wanted: str | None, output: Path | None, lang: str) -> None:
    """Find things with TEXT in a name, in any language, whatever its case and accents; the best first."""
    service, lang = _open(), _language(lang)
    choice = out.choose(wanted, output, ["table", "csv", "tsv", "json"])
    found = service.catalogue.search(text, lang)
    header = ("thing", "label", "found", "as", "lang")
    rows = [
        (local_name(each.item.iri), each.item.label, each.name, each.kind, each.lang or "") for each in found
    ]
    out.write(out.plain_table(choice, header, rows), output)
    out.say(f"{len(rows)} things.")


@click.command()
@format_option
@output_option
def export(wanted: str | None, output: Path | None) -> None:
    """Write the whole release as RDF or CSV; TriG and N-Quads keep the passages.

    The SHA-256 of the N-Quads is the digest that names the release.
    """
    layout = find_layout()
    release = current_release(layout.release)
    if wanted is None and output is None:
        wanted = "nq"
    choice = find_rdf_format(out.choose(wanted, output, list(RDF_FORMATS)))
    out.write(write_release(release, choice, load_prefixes(layout.prefixes)), output)


COMMANDS = (queries, ask, describe, search, export)


def _signature(query: CannedQuery) -> str:
    return " ".join(f"{name}{'!' if param.required else ''}" for name, param in query.header.params.items())


def _drawn(answer: Answer) -> bytes:
    columns = answer.query.header.columns
    header = [*columns, "sources"]
    rows = [
        [*(_cell(row.cells[name]) for name in columns), short_sources(answer, row)] for row in answer.rows
    ]
    return out.draw(header, rows)


def _cell(cell: Cell) -> str:
    if cell.item:
        slug = local_name(cell.item.iri).rpartition("/")[2]
        return cell.item.label if cell.item.label == slug else f"{cell.item.label} [{slug}]"
    if cell.value is None:
        return "–"
    return _word(cell.value)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _graph(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else ""


def _same_kind(kind: str, service: Service) -> list[str]:
    return [f"{kind}/{slug}" for slug in service.catalogue.lookup.of_kind(kind)] if kind else []
