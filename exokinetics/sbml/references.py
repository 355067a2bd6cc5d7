"""The publications and database entries that a text names, as MIRIAM annotations (RDF with identifiers.org)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from exokinetics.catalogue.identifiers import RESOLVER

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
QUALIFIERS = {
    "bqbiol": "http://biomodels.net/biology-qualifiers/",
    "bqmodel": "http://biomodels.net/model-qualifiers/",
}
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


def related(annotation: Element, about: str, terms: list[tuple[str, str, Sequence[str]]]) -> None:
    """Say in an annotation how the element with the metaid `about` relates to what stands at addresses.

    `terms`: qualifiers of a model or of biology (`bqmodel`, `bqbiol`), their relations and the addresses of each.
    """
    terms = [term for term in terms if term[2]]
    if not terms:
        return
    spaces = {"xmlns:rdf": RDF} | {f"xmlns:{qualifier}": QUALIFIERS[qualifier] for qualifier, _, _ in terms}
    description = SubElement(SubElement(annotation, "rdf:RDF", spaces), "rdf:Description", {"rdf:about": f"#{about}"})
    for qualifier, relation, addresses in terms:
        bag = SubElement(SubElement(description, f"{qualifier}:{relation}"), "rdf:Bag")
        for address in addresses:
            SubElement(bag, "rdf:li", {"rdf:resource": address})
