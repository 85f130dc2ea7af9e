"""The build from end to end: parse, reason, validate, freeze."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection

from pyoxigraph import Literal, NamedNode, Quad

from gfmd_kg.build.freeze import FORM, freeze, scopes
from gfmd_kg.build.load import inputs_digest, load_all
from gfmd_kg.errors import DataError, ReasoningError, ReleaseError
from gfmd_kg.gc_tuning import tune_gc
from gfmd_kg.namespaces import REGISTER, SOURCE_INFERENCE, gfmd
from gfmd_kg.paths import Layout, require_unix
from gfmd_kg.release import Release, current_release

_TOOLS = ("gfmd-kg", "owlrl", "pyoxigraph", "pyshacl", "rdflib")
_BROKEN_OFF = "Reasoning broke off, most likely for want of memory."
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True)
class Outcome:
    """A finished build: the release in force, whether it was made now, and warnings as sentences."""

    release: Release
    fresh: bool
    warnings: tuple[str, ...] = ()


def build(
    layout: Layout,
    *,
    force: bool = False,
    alignments: bool = False,
    on_event: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Build the release if an input has changed (or ``force``); with ``alignments`` reason over those too.

    Raises ``DataError`` with a sentence per fault; the release in force then stays as it was.
    """
    require_unix("Building")
    if not layout.data.is_dir():
        raise DataError([f"{layout.root}: the data folder is not there; a release is built in a checkout"])
    program = " ".join([*(f"{name} {version(name)}" for name in _TOOLS), f"form {FORM}"])
    inputs = inputs_digest(layout, program + (" with alignments" if alignments else ""))
    if not force:
        try:
            existing = current_release(layout.release)
        except ReleaseError:
            pass
        else:
            if existing.inputs == inputs:
                return Outcome(existing, fresh=False)
    return _build(layout, inputs, on_event, alignments=alignments)


def _build(layout: Layout, inputs: str, on_event: Callable[[str], None], *, alignments: bool) -> Outcome:
    # rdflib, owlrl and pySHACL take a second to import, which an unchanged build need not pay.
    from gfmd_kg.build.reason import RULE_SET  # noqa: PLC0415
    from gfmd_kg.build.validate import sentences, validate  # noqa: PLC0415

    quads = load_all(layout)
    on_event(f"Parsed {len(quads)} statements.")
    with _reasoning(quads, alignments=alignments) as reasoned:  # beside validation, which takes as long
        report = validate(quads, layout)
        if report.violations:
            raise DataError(sentences(report.violations, layout))
        on_event("Validated: every shape and rule holds.")
        inferred = reasoned()
    on_event(f"Reasoned: {len(inferred)} conclusions.")
    register = [
        Quad(SOURCE_INFERENCE, _TYPE, gfmd("InferenceRun"), REGISTER),
        Quad(SOURCE_INFERENCE, gfmd("ruleSet"), Literal(RULE_SET), REGISTER),
    ]
    everything = [*quads, *inferred, *register, *scopes(quads)]
    release = freeze(everything, report.report, inputs, layout.release)
    on_event(f"Froze release {release.version}: {len(everything)} statements.")
    return Outcome(release, fresh=True, warnings=tuple(sentences(report.warnings, layout)))


@contextmanager
def _reasoning(quads: list[Quad], *, alignments: bool) -> Iterator[Callable[[], list[Quad]]]:
    """Reason in another process, which ends with the block; what is handed out waits for the conclusions."""
    context = get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_infer_into, args=(its, alignments))
    process.start()
    its.close()

    def conclusions() -> list[Quad]:
        try:
            found: list[Quad] | DataError = mine.recv()
        except (EOFError, OSError) as error:
            raise ReasoningError(_BROKEN_OFF) from error
        if isinstance(found, DataError):
            raise found
        return found

    try:
        # not as an argument: if it died before it had read its arguments, this process would wait for ever
        try:
            mine.send(quads)
        except OSError as error:
            raise ReasoningError(_BROKEN_OFF) from error
        yield conclusions
    finally:
        process.terminate()
        process.join()
        mine.close()


def _infer_into(end: Connection, alignments: bool) -> None:
    tune_gc()
    quads = end.recv()  # first: whoever sends them waits
    from gfmd_kg.build.reason import infer  # noqa: PLC0415

    try:
        end.send(infer(quads, alignments=alignments))
    except DataError as error:
        end.send(error)
