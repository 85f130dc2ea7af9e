"""An invented graph for what the catalogue must do at its edges, whatever the real data holds."""

from __future__ import annotations

from pyoxigraph import Quad, QuerySolutions, RdfFormat, Store

from gfmd_kg.store.engine import Solutions

ID = "https://w3id.org/gfmd-kg/id/"
PASSAGE = "https://w3id.org/gfmd-kg/passage/"

_PREFIXES = """
PREFIX gfmd: <https://w3id.org/gfmd-kg/ontology#>
PREFIX graph: <https://w3id.org/gfmd-kg/graph/>
BASE <https://w3id.org/gfmd-kg/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


class Engine:
    """The store in memory over statements in TriG; it keeps the texts of what it was asked."""

    def __init__(self, trig: str = "") -> None:
        self._store = Store()
        self._store.load(_PREFIXES + trig, format=RdfFormat.TRIG)
        self._store.extend([Quad(*quad.triple) for quad in self._store])  # the default graph is their merge
        self.asked: list[str] = []

    def select(self, text: str) -> Solutions:
        """The solutions of a SELECT."""
        self.asked.append(text)
        result = self._store.query(text)
        assert isinstance(result, QuerySolutions)
        names = tuple(variable.value for variable in result.variables)
        return Solutions(names, tuple(tuple(solution) for solution in result))

    def close(self) -> None:
        """Nothing is held."""


def text(key: str, english: str) -> str:
    """The three lines of a text in a header; French and Spanish tell themselves apart by a letter."""
    return "".join(
        f'#+ {key}.{lang} = "{english}{mark}"\n' for lang, mark in (("en", ""), ("fr", " F"), ("es", " S"))
    )


def column(name: str, kind: str, **more: object) -> str:
    """A column in a header."""
    lines = "".join(f"#+ {key} = {str(value).lower()}\n" for key, value in more.items())
    return f'#+ [columns.{name}]\n#+ type = "{kind}"\n{lines}{text("label", f"the {name}")}'


QUERY = (
    text("title", "What there is")
    + text("description", "All of it.")
    + '#+ tags = ["invented"]\n#+ order = ["-order_weight", "size"]\n'
    + '#+ [params.kind]\n#+ type = "iri"\n#+ scheme = "mechanism-category"\n#+ omits = "thing"\n'
    + text("description", "Of which kind.")
    + '#+ [params.active]\n#+ type = "boolean"\n#+ omits = "thing"\n'
    + text("description", "Whether it is active.")
    + column("thing", "iri")
    + column("kind", "iri")
    + column("text", "string")
    + column("size", "integer")
    + column("ratio", "double")
    + column("active", "boolean")
    + column("value", "term")
    + column("members", "iri", list=True)
    + column("names", "string", list=True)
    + "#+ [[examples]]\n"
    + text("title", "All")
    + """
PREFIX gfmd: <https://w3id.org/gfmd-kg/ontology#>
PREFIX graph: <https://w3id.org/gfmd-kg/graph/>
PREFIX basis: <https://w3id.org/gfmd-kg/id/basis/>

SELECT
  ?thing ?kind ?text ?size ?ratio ?active ?value ?members ?names ?source ?source_size ?order_weight
WHERE {
  VALUES ?given_kind { UNDEF }     # param kind
  VALUES ?given_active { UNDEF }   # param active
  VALUES ?scope { basis:source }   # scope
  GRAPH ?source { ?thing gfmd:text ?text }
  GRAPH graph:register { ?source gfmd:scope ?scope }
  OPTIONAL { GRAPH ?source { ?thing gfmd:kind ?kind } }
  OPTIONAL { GRAPH ?source_size { ?thing gfmd:size ?size } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:ratio ?ratio } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:active ?active } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:value ?value } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:members ?members } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:names ?names } }
  OPTIONAL { GRAPH ?source { ?thing gfmd:weight ?order_weight } }
  FILTER(!BOUND(?given_kind) || ?kind = ?given_kind)
  FILTER(!BOUND(?given_active) || ?active = ?given_active)
}
"""
)
"""A canned query with a column of every type, ordered by the weight, falling, and then by the size."""

TRIG = """
GRAPH graph:vocabularies {
  <id/mechanism/big> a gfmd:Mechanism ; rdfs:label "Big"@en, "Grand"@fr .
  <id/mechanism/small> a gfmd:Mechanism ; rdfs:label "Small"@en .
  <id/mechanism/bare> a gfmd:Mechanism ; rdfs:label "Bare"@fr .
  <id/category/old> a gfmd:MechanismCategory ; rdfs:label "old"@en .
  <id/category/new> a gfmd:MechanismCategory ; rdfs:label "new"@en, "neuf"@fr .
  <id/state/a> rdfs:label "Aland"@en . <id/state/z> rdfs:label "Zembla"@en .
}
GRAPH graph:register {
  <passage/paper/p1> gfmd:scope <id/basis/source>, <id/document/paper> ;
    gfmd:locator "page 1" ; gfmd:firstLine 10 ; gfmd:lastLine 12 .
  <passage/paper/p2> gfmd:scope <id/basis/source>, <id/document/paper> ; gfmd:firstLine 2 ; gfmd:lastLine 2 .
  <passage/essay/p9> gfmd:scope <id/basis/source>, <id/document/essay> ; gfmd:firstLine 5 ; gfmd:lastLine 5 .
  <reference/un> gfmd:scope <id/basis/source> ; gfmd:citation "A resolution" .
}
GRAPH <passage/paper/p1> {
  <id/mechanism/big> gfmd:text "Text"@en ; gfmd:kind <id/category/old> ; gfmd:ratio 0.5e0 ; gfmd:active true ;
    gfmd:value "2017"^^xsd:gYear ; gfmd:members <id/state/z>, <id/state/a> ; gfmd:names "zet", "alpha" ;
    gfmd:weight 3, 1 .
  <id/mechanism/small> gfmd:text "Text"@en ; gfmd:kind <id/category/new> ; gfmd:ratio 0.25 ;
    gfmd:active "0"^^xsd:boolean ; gfmd:value <http://elsewhere/v> ; gfmd:weight 2 .
}
GRAPH <passage/paper/p2> { <id/mechanism/big> gfmd:size 10 . <id/mechanism/small> gfmd:size 9 }
GRAPH <passage/essay/p9> { <id/mechanism/bare> gfmd:text "bare" ; gfmd:weight 2 ; gfmd:value _:b }
GRAPH <reference/un> { <id/mechanism/bare> gfmd:text "bare" ; gfmd:weight 2 ; gfmd:value _:b }
"""
"""What that query finds: a big, a small and a bare mechanism."""
