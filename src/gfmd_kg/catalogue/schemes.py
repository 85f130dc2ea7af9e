"""Where the allowed values of parameters come from: the class whose members they are."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode

from gfmd_kg.errors import UnknownError
from gfmd_kg.namespaces import gfmd


@dataclass(frozen=True)
class Scheme:
    """The things of ``kind`` that belong to the class ``member_of``."""

    kind: str
    member_of: NamedNode


def _kind(kind: str, name: str) -> tuple[str, Scheme]:
    return kind, Scheme(kind, gfmd(name))


SCHEMES: dict[str, Scheme] = dict(
    [
        _kind("area", "AreaOfActivity"),
        _kind("basis", "Basis"),
        _kind("document", "Document"),
        _kind("element", "CompactElement"),
        _kind("event-kind", "EventKind"),
        _kind("mechanism", "Mechanism"),
        _kind("meeting", "Meeting"),
        _kind("organisation", "Organisation"),
        _kind("point-kind", "PointKind"),
        _kind("practice-type", "PracticeType"),
        _kind("recommendation-kind", "RecommendationKind"),
        _kind("region", "SurveyRegion"),
        _kind("roundtable", "Roundtable"),
        _kind("state", "State"),
        _kind("status", "RecommendationStatus"),
        _kind("theme", "CompactTheme"),
    ]
) | {
    "mechanism-category": Scheme("category", gfmd("MechanismCategory")),
    "respondent-category": Scheme("category", gfmd("Category")),
    "objective": Scheme("objective", gfmd("CompactObjective")),
    "vocabulary": Scheme("scheme", NamedNode("http://www.w3.org/2004/02/skos/core#ConceptScheme")),
}


def find_scheme(name: str) -> Scheme:
    """The scheme that a header names."""
    try:
        return SCHEMES[name]
    except KeyError:
        raise UnknownError("scheme", name, f"There is no scheme '{name}'.", SCHEMES) from None
