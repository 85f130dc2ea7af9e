"""Where results go: a table in a terminal, clean CSV in a pipe, or what is asked for, to a file if asked."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from pyoxigraph import Literal, NamedNode

from gfmd_kg.errors import CallError
from gfmd_kg.namespaces import local_name

format_option = click.option(
    "--format", "wanted", help="Format of the result; by default a table in a terminal."
)
output_option = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
lang_option = click.option(
    "--lang", default="en", show_default=True, help="Language of labels: en, fr or es."
)


def choose(wanted: str | None, output: Path | None, known: Sequence[str]) -> str:
    """The format asked for, else that of the file's ending, else a table in a terminal and CSV in a pipe."""
    endings = {"ttl": "turtle", "rdf": "rdfxml", "xls": "xlsx"}
    if wanted is None and output is not None:
        ending = output.suffix.removeprefix(".")
        wanted = endings.get(ending, ending)
    if wanted is None:
        wanted = "table" if sys.stdout.isatty() else "csv"
    if wanted not in known:
        raise CallError("--format", wanted, f"The format '{wanted}' makes no sense here.", known)
    return wanted


def write(content: bytes, output: Path | None) -> None:
    """Write bytes to the file, or to standard output; a reader that leaves has what it wanted."""
    if output is None:
        try:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # what is still to be flushed must go somewhere, or Python complains at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise CallError("--output", str(output), f"{output} cannot be written: {error.strerror}.") from error


def say(text: str) -> None:
    """A message for the person, on standard error."""
    click.echo(text, err=True)


def draw(header: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """A table for people, as wide as the terminal."""
    from rich import box  # noqa: PLC0415  (slow to import, and only terminals need it)
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    width = shutil.get_terminal_size((120, 40)).columns
    drawn = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in header:
        drawn.add_column(name, overflow="fold")  # a long word is broken, never cut
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    sink = io.StringIO()
    Console(file=sink, width=width, force_terminal=False).print(drawn)
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()).encode() + b"\n"


def plain_table(choice: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A small table of text in the format ``choice``: table, csv, tsv or json (a list of objects)."""
    if choice == "table":
        return draw(header, rows)
    if choice == "json":
        content = [dict(zip(header, row, strict=True)) for row in rows]
        return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter="\t" if choice == "tsv" else ",", lineterminator="\n")
    writer.writerows([header, *rows])
    return sink.getvalue().encode()


def show_term(term: object) -> str:
    """A term as a person reads it."""
    if isinstance(term, NamedNode):
        return local_name(term.value)
    if isinstance(term, Literal):
        return f"{term.value} @{term.language}" if term.language else term.value
    return str(term)
