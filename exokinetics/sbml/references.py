"""The publications and database entries that a text names, as MIRIAM annotations (RDF with identifiers.org)."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
QUALIFIERS = {
    "bqbiol": "http://biomodels.net/biology-qualifiers/",
    "bqmodel": "http://biomodels.net/model-qualifiers/",
}
RESOLVER = "https://identifiers.org/"

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>,;]+")
_PUBMED = re.compile(r"\bPMID:?\s*(\d{4,9})\b")
_BIOMODELS = re.compile(r"\b(?:BIOMD|MODEL)\d{10}\b")


def references(text: str) -> list[str]:
    """The addresses of every DOI, PubMed number and BioModels entry in a text, each once, in their order."""
    found = [(match.start(), f"doi:{_ended(match.group())}") for match in _DOI.finditer(text)]
    found += [(match.start(), f"pubmed:{match.group(1)}") for match in _PUBMED.finditer(text)]
    found += [(match.start(), f"biomodels.db:{match.group()}") for match in _BIOMODELS.finditer(text)]
    return list(dict.fromkeys(RESOLVER + name for _, name in sorted(found)))


def _ended(doi: str) -> str:
    """A DOI without the sentence behind it; one may hold brackets, but in pairs."""
    while doi and (
        doi[-1] in ".:" or (doi[-1] in ")]" and doi.count(doi[-1]) > doi.count({")": "(", "]": "["}[doi[-1]]))
    ):
        doi = doi[:-1]
    return doi


def described_by(annotation: Element, about: str, addresses: list[str], qualifier: str = "bqbiol") -> None:
    """Say in an annotation that the element with the metaid `about` is described by what stands at the addresses."""
    if not addresses:
        return
    spaces = {"xmlns:rdf": RDF, f"xmlns:{qualifier}": QUALIFIERS[qualifier]}
    description = SubElement(SubElement(annotation, "rdf:RDF", spaces), "rdf:Description", {"rdf:about": f"#{about}"})
    bag = SubElement(SubElement(description, f"{qualifier}:isDescribedBy"), "rdf:Bag")
    for address in addresses:
        SubElement(bag, "rdf:li", {"rdf:resource": address})
