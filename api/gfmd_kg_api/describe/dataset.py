"""What the dataset and its endpoint say of themselves: VoID, DCAT and the SPARQL service description.

Sources: VoID (W3C interest group note of 3 March 2011), DCAT 3 (W3C recommendation of 22 August 2024),
SPARQL 1.1 Service Description (W3C recommendation of 21 March 2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from gfmd_kg.namespaces import BASE, ONTOLOGY, PASSAGE
from gfmd_kg.release import Release

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_VOID = "http://rdfs.org/ns/void#"
_DCAT = "http://www.w3.org/ns/dcat#"
_TERMS = "http://purl.org/dc/terms/"
_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_MEDIA = "https://www.iana.org/assignments/media-types/"
_INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
_VOCABULARIES = (
    ONTOLOGY,
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/ns/prov#",
    "http://www.w3.org/ns/org#",
    _TERMS,
)
_TITLE = {
    "en": "gfmd-kg: inter-state consultation mechanisms on migration",
    "fr": "gfmd-kg : mécanismes consultatifs interétatiques sur la migration",
    "es": "gfmd-kg: mecanismos consultivos interestatales sobre la migración",
}
_COUNTED = {
    "en": (
        "{triples} triples, each counted once in however many graphs it stands: the default graph of the "
        "SPARQL endpoint, and the exports without graphs. In their named graphs, one for each passage, "
        "reference or note, they are {statements} statements in {graphs} graphs: N-Quads, TriG and CSV."
    ),
    "fr": (
        "{triples} triplets, chacun compté une fois quel que soit le nombre de ses graphes : le graphe par "
        "défaut du point d’accès SPARQL et les exports sans graphes. Dans leurs graphes nommés, un par "
        "passage, référence ou note, ce sont {statements} énoncés dans {graphs} graphes : N-Quads, TriG, CSV."
    ),
    "es": (
        "{triples} tripletas, cada una contada una vez en cuantos grafos esté: el grafo por defecto del "
        "punto de acceso SPARQL y las exportaciones sin grafos. En sus grafos con nombre, uno por pasaje, "
        "referencia o nota, son {statements} enunciados en {graphs} grafos: N-Quads, TriG y CSV."
    ),
}
_MERGE = {
    "en": "The merge of all named graphs: each triple once.",
    "fr": "La fusion de tous les graphes nommés : chaque triplet une fois.",
    "es": "La fusión de todos los grafos con nombre: cada tripleta una vez.",
}
_RESULT_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPH_FORMATS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")

Value = NamedNode | BlankNode | Literal


def describe_service(endpoint: str, release: Release) -> list[Quad]:
    """The service description of the SPARQL endpoint at the IRI ``endpoint``."""
    service, dataset, graph = NamedNode(endpoint), BlankNode("dataset"), BlankNode("default")
    formats = [NamedNode(_FORMATS + name) for name in (*_RESULT_FORMATS, *_GRAPH_FORMATS)]
    return [
        _say(service, _RDF + "type", NamedNode(_SD + "Service")),
        _say(service, _SD + "endpoint", service),
        _say(service, _SD + "supportedLanguage", NamedNode(_SD + "SPARQL11Query")),
        _say(service, _SD + "feature", NamedNode(_SD + "UnionDefaultGraph")),
        *(_say(service, _SD + "resultFormat", name) for name in formats),
        _say(service, _SD + "defaultDataset", dataset),
        _say(dataset, _RDF + "type", NamedNode(_SD + "Dataset")),
        _say(dataset, _SD + "defaultGraph", graph),
        _say(graph, _RDF + "type", NamedNode(_SD + "Graph")),
        _say(graph, _VOID + "triples", _count(release.statistics()["triples"])),
        *(_say(graph, _TERMS + "description", Literal(text, language=lang)) for lang, text in _MERGE.items()),
    ]


def describe_dataset(address: str, dumps: Mapping[str, str], release: Release) -> list[Quad]:
    """VoID and DCAT of the release; ``address`` is this server's, ``dumps`` maps file name to media type."""
    dataset, counted = NamedNode(BASE + "dataset"), release.statistics()
    quads = [
        *(_say(dataset, _RDF + "type", NamedNode(kind)) for kind in (_VOID + "Dataset", _DCAT + "Dataset")),
        *(_say(dataset, _TERMS + "title", Literal(text, language=lang)) for lang, text in _TITLE.items()),
        _say(dataset, _TERMS + "license", NamedNode("https://spdx.org/licenses/MIT")),
        _say(dataset, _TERMS + "identifier", Literal(release.identity)),
        _say(dataset, _DCAT + "version", Literal(release.version)),
        _say(dataset, _DCAT + "landingPage", NamedNode(address + "/")),
        _say(dataset, _VOID + "triples", _count(counted["triples"])),
        *(
            _say(dataset, _TERMS + "description", Literal(text.format_map(counted), language=lang))
            for lang, text in _COUNTED.items()
        ),
        _say(dataset, _VOID + "uriSpace", Literal(BASE)),
        _say(dataset, _VOID + "sparqlEndpoint", NamedNode(f"{address}/sparql")),
        *(_say(dataset, _VOID + "vocabulary", NamedNode(iri)) for iri in _VOCABULARIES),
    ]
    for name, media_type in dumps.items():
        quads += _distribution(dataset, NamedNode(f"{address}/export/{name}"), media_type)
    for name, count in counted["things_by_class"].items():
        part = BlankNode(f"class-{name}")
        quads += [
            _say(dataset, _VOID + "classPartition", part),
            _say(part, _VOID + "class", NamedNode(ONTOLOGY + name)),
            _say(part, _VOID + "entities", _count(count)),
        ]
    for slug, count in counted["passages_by_document"].items():
        subset = NamedNode(f"{BASE}dataset/{slug}")
        quads += [
            _say(dataset, _VOID + "subset", subset),
            _say(subset, _RDF + "type", NamedNode(_VOID + "Dataset")),
            _say(subset, _TERMS + "source", NamedNode(f"{BASE}id/document/{slug}")),
            _say(subset, _VOID + "uriSpace", Literal(f"{PASSAGE}{slug}/")),
            _say(subset, _VOID + "documents", _count(count)),
        ]
    return quads


def _distribution(dataset: NamedNode, file: NamedNode, media_type: str) -> Iterator[Quad]:
    node = BlankNode("file-" + file.value.rpartition(".")[2])
    yield _say(dataset, _DCAT + "distribution", node)
    yield _say(node, _RDF + "type", NamedNode(_DCAT + "Distribution"))
    yield _say(node, _DCAT + "downloadURL", file)
    yield _say(node, _DCAT + "mediaType", NamedNode(_MEDIA + media_type))
    if media_type != "text/csv":
        yield _say(dataset, _VOID + "dataDump", file)


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=_INTEGER)


def _say(subject: NamedNode | BlankNode, prop: str, value: Value) -> Quad:
    return Quad(subject, NamedNode(prop), value, DefaultGraph())
