"""The words of the pages in the three languages."""

from __future__ import annotations

_TABLE = """
about|About|À propos|Acerca de
answer|Answer|Réponse|Respuesta
any|any|indifférent|cualquiera
ask|Ask|Demander|Preguntar
basis|Basis|Fondement|Fundamento
class|Class|Classe|Clase
columns|Columns|Colonnes|Columnas
definition|Definition|Définition|Definición
digest|Digest of the lines|Empreinte des lignes|Resumen criptográfico de las líneas
document|Document|Document|Documento
download|Download|Télécharger|Descargar
error|This cannot be answered|Réponse impossible|No se puede responder
examples|Examples|Exemples|Ejemplos
exports|Exports|Exports|Exportaciones
first|First|Début|Inicio
home|Start|Accueil|Inicio
intro|What documents say of the mechanisms in which states consult each other on migration. Every statement carries the passage that makes it.|Ce que disent les documents des mécanismes où les États se consultent sur la migration. Chaque énoncé porte le passage qui l’énonce.|Lo que dicen los documentos sobre los mecanismos en que los Estados se consultan sobre migración. Cada enunciado lleva el pasaje que lo enuncia.
label|Label|Libellé|Etiqueta
lines|lines|lignes|líneas
line|line|ligne|línea
locator|Where|Emplacement|Dónde
next|Next|Suite|Siguiente
none|No source states anything here.|Aucune source n’énonce rien ici.|Ninguna fuente enuncia nada aquí.
ontology|Ontology|Ontologie|Ontología
operations|API reference|Référence de l’API|Referencia de la API
parameters|Parameters|Paramètres|Parámetros
prev|Previous|Précédent|Anterior
property|Property|Propriété|Propiedad
questions|Questions|Questions|Preguntas
release|Release|Version|Versión
required|required|obligatoire|obligatorio
rows|rows|lignes|filas
said_by|Said of others|Dit à propos d’autres|Dicho de otros
shapes|Shapes|Formes|Formas
size|bytes|octets|bytes
source|Source|Source|Fuente
sources|Sources|Sources|Fuentes
sparql_intro|SPARQL 1.1, queries only. Each statement of a document stands in the named graph of its passage; the default graph is the union. The project’s prefixes need no declaration.|SPARQL 1.1, interrogation seulement. Chaque énoncé d’un document se trouve dans le graphe nommé de son passage ; le graphe par défaut est l’union. Les préfixes du projet n’ont pas à être déclarés.|SPARQL 1.1, solo consultas. Cada enunciado de un documento está en el grafo con nombre de su pasaje; el grafo por defecto es la unión. Los prefijos del proyecto no necesitan declararse.
statements|Statements|Énoncés|Enunciados
subject|Subject|Sujet|Sujeto
to|to|à|a
value|Value|Valeur|Valor
vocabularies|Vocabularies|Vocabulaires|Vocabularios
yes|yes|oui|sí
no|no|non|no
nearest|Nearest allowed value|Valeur permise la plus proche|Valor permitido más cercano
allowed|Allowed values|Valeurs permises|Valores permitidos
"""


def words(lang: str) -> dict[str, str]:
    """All words in one language, by name."""
    index = {"en": 1, "fr": 2, "es": 3}[lang]
    rows = (line.split("|") for line in _TABLE.strip().splitlines())
    return {row[0]: row[index] for row in rows}
