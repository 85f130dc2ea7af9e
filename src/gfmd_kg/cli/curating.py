"""Commands for curators: build, validate, format, passage, verify-sources, stats, diff."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from pyoxigraph import Quad

from gfmd_kg.build.coverage import cover
from gfmd_kg.build.format import canonical
from gfmd_kg.build.load import load_all, read_file, statement_files
from gfmd_kg.build.pipeline import build as run_build
from gfmd_kg.build.verify import digest, read_text, verify
from gfmd_kg.cli import output as out
from gfmd_kg.decoding import read
from gfmd_kg.errors import CallError, DataError, EncodingError, SourceSyntaxError
from gfmd_kg.namespaces import load_prefixes
from gfmd_kg.paths import find_layout
from gfmd_kg.release import current_release

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_folder = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option("--alignments", is_flag=True, help="Reason over the links to other ontologies too.")
def build(force: bool, alignments: bool) -> None:
    """Parse, reason, validate and freeze a release. Unchanged inputs are not built twice."""
    outcome = run_build(find_layout(), force=force, alignments=alignments, on_event=out.say)
    for warning in outcome.warnings:
        out.say(f"warning: {warning}")
    if not outcome.fresh:
        out.say(f"Nothing has changed: release {outcome.release.version} stays in force.")
    click.echo(outcome.release.version)


@click.command()
@click.argument("files", nargs=-1, type=_file)
def validate(files: Sequence[Path]) -> None:
    """Check the data against shapes and rules; with FILES, leave out what stands in others."""
    from gfmd_kg.build.validate import sentences  # noqa: PLC0415  (imports rdflib and pySHACL)
    from gfmd_kg.build.validate import validate as run_validate  # noqa: PLC0415

    layout = find_layout()
    own = [path for path, _ in statement_files(layout)]
    known = {path.resolve() for path in own}
    extra = [path for path in files if path.resolve() not in known]
    for path in extra:
        if path.suffix != ".trig":
            raise CallError("FILE", str(path), f"{path} is no TriG file (.trig): data stand in named graphs.")
    quads: list[Quad] = load_all(layout)
    for path in extra:
        quads += read_file(path)
    report = run_validate(quads, layout)
    asked = {path.resolve() for path in files}
    others = [_name(path, layout.root) for path in own if asked and path.resolve() not in asked]

    def wanted(sentence: str) -> bool:
        return not any(sentence.startswith(f"{name}:") for name in others)

    violations = [text for text in sentences(report.violations, layout, files) if wanted(text)]
    warnings = [text for text in sentences(report.warnings, layout, files) if wanted(text)]
    for warning in warnings:
        out.say(f"warning: {warning}")
    if violations:
        raise DataError(violations)
    out.say(f"Valid: {len(quads)} statements, no violation, {len(warnings)} warnings.")


@click.command(name="format")
@click.argument("files", nargs=-1, type=_file)
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file is not canonical.")
def format_files(files: Sequence[Path], check: bool) -> None:
    """Bring Turtle and TriG files into the canonical layout; by default ontology and data."""
    layout = find_layout()
    prefixes = load_prefixes(layout.prefixes)
    chosen = files or [path for path, _ in statement_files(layout)]
    changed = []
    for path in chosen:
        text = _read(path)
        wanted = canonical(text, path, prefixes)
        if wanted.encode() != path.read_bytes():  # a byte order mark goes, too
            changed.append(path)
            if not check:
                path.write_bytes(wanted.encode())
    if check and changed:
        raise DataError(
            f"{_name(path, layout.root)}: not in the canonical layout; run 'gfmd-kg format'"
            for path in changed
        )
    out.say(f"{len(chosen)} files, {len(changed)} changed.")


@click.command()
@click.argument("text", type=_file)
@click.argument("first", type=click.IntRange(min=1))
@click.argument("last", type=click.IntRange(min=1))
def passage(text: Path, first: int, last: int) -> None:
    """The lines that describe a passage: first and last line of TEXT, and their digest."""
    lines = read_text(text)
    if not first <= last <= len(lines):
        raise CallError(
            "last", str(last), f"The lines {first}-{last} are not in {text}, which has {len(lines)}."
        )
    click.echo(
        f'gfmd:firstLine {first} ;\ngfmd:lastLine {last} ;\ngfmd:digest "{digest(lines[first - 1 : last])}" .'
    )


@click.command(name="verify-sources")
@click.argument("folder", type=_folder)
def verify_sources(folder: Path) -> None:
    """Check every passage against the original texts in FOLDER: digests and printed names."""
    result = verify(load_all(find_layout()), folder)
    if result.failures:
        raise DataError(result.failures)
    out.say(f"{result.passages} passages and {result.names} printed names agree with the texts.")


@click.command()
@click.option("--format", "wanted", default=None, help="table or json.")
@click.option("--coverage", type=_folder, help="Instead: the map of lines against the texts in this folder.")
def stats(wanted: str | None, coverage: Path | None) -> None:
    """Counts of the release in force, or which lines of the documents it accounts for."""
    import json  # noqa: PLC0415

    if coverage is not None:
        _print_coverage(wanted, coverage)
        return
    found = current_release(find_layout().release)
    content = found.statistics()
    choice = out.choose(wanted or ("table" if sys.stdout.isatty() else "json"), None, ["table", "json"])
    if choice == "json":
        click.echo(json.dumps({"version": found.version, **content}, indent=1, ensure_ascii=False))
        return
    rows = [
        ("release", found.version),
        ("statements, in their graphs", str(content["statements"])),
        ("triples, each once", str(content["triples"])),
        ("graphs", str(content["graphs"])),
    ]
    for group in ("statements_by_graph", "passages_by_document", "things_by_class"):
        rows += [(f"{group.replace('_', ' ')}: {name}", str(count)) for name, count in content[group].items()]
    out.write(out.draw(("what", "count"), rows), None)


def _print_coverage(wanted: str | None, texts: Path) -> None:
    layout = find_layout()
    found = cover(load_all(layout), layout.data / "coverage", texts)
    choice = out.choose(wanted or ("table" if sys.stdout.isatty() else "csv"), None, ["table", "csv", "json"])
    rows = []
    for each in found:
        rows += [
            (each.document, "not blank", str(each.lines)),
            (each.document, "in a passage", str(each.stated)),
        ]
        rows += [
            (each.document, f"left out: {why}", str(count)) for why, count in sorted(each.left_out.items())
        ]
        rows += [(each.document, "unaccounted", f"{first}-{last}") for first, last in each.unaccounted]
    out.write(out.plain_table(choice, ("document", "lines", "number"), rows), None)
    missing = sum(len(each.unaccounted) for each in found)
    if missing:
        raise DataError([f"{missing} ranges of lines are neither in a passage nor left out with a reason"])


@click.command()
@click.argument("old", type=_file)
@click.argument("new", type=_file)
def diff(old: Path, new: Path) -> None:
    """Statements that differ between two N-Quads files of releases: - gone, + come."""
    before, after = (set(_read(path).splitlines()) for path in (old, new))
    for sign, lines in (("-", before - after), ("+", after - before)):
        for line in sorted(lines):
            click.echo(f"{sign} {line}")
    out.say(f"{len(before - after)} gone, {len(after - before)} come.")


COMMANDS = (build, validate, format_files, passage, verify_sources, stats, diff)


def _read(path: Path) -> str:
    try:
        return read(path)
    except EncodingError as error:
        raise SourceSyntaxError(path, error.line, error.reason) from error


def _name(path: Path, root: Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(root) if resolved.is_relative_to(root) else path)
