"""What SBML has no place for, kept in annotations: our ids and units, ranges and sources of values, kinds of flow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from exokinetics.catalogue.molecules import Named
from exokinetics.model.values import QUALITIES, Distribution, Value
from exokinetics.sbml.references import references, related

NAMESPACE = "urn:exokinetics:annotation:1"
_TAG = f"{{{NAMESPACE}}}about"
_VALUE_TAG = f"{{{NAMESPACE}}}value"
_CHARACTERS = {r"\\": "\\", r"\n": "\n", r"\r": "\r", r"\t": "\t"}
_SPELT = str.maketrans({character: written for written, character in _CHARACTERS.items()})
_SEQUENCE = re.compile(r"\\[\\nrt]")
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIELDS = ("quality", "source", "reason", "range", "distribution")


@dataclass(frozen=True)
class About:
    """The annotation of one element: texts by key (such as `id`, `unit`, `flow`), and the texts of a value record."""

    texts: Mapping[str, str] = field(default_factory=dict)
    value: Mapping[str, str] = field(default_factory=dict)


def annotate(
    parent: Element, texts: Mapping[str, str], value: Value | None = None, thing: Named | None = None
) -> None:  # fmt: skip
    """Put the annotation in front of the other children of an element; nothing is written where there is nothing.

    The publications of the source of a value, those of a `citation` among the texts, and the molecule or cell that the
    element is (`thing`) are named as MIRIAM does.
    """
    if not texts and value is None and thing is None:
        return
    annotation = Element("annotation")
    qualifier = "bqmodel" if "citation" in texts else "bqbiol"
    addresses = references(clean(value.source if value is not None else texts.get("citation", "")))
    if addresses or thing is not None:
        parent.set("metaid", f"meta_{parent.get('id')}")
        terms: list[tuple[str, str, Sequence[str]]] = [(qualifier, "isDescribedBy", addresses)]
        if thing is not None:
            terms.append(("bqbiol", thing.qualifier, thing.addresses))
        related(annotation, f"meta_{parent.get('id')}", terms)
    about = SubElement(annotation, "exo:about", {"xmlns:exo": NAMESPACE} | _escaped(texts))
    if value is not None:
        SubElement(about, "exo:value", _escaped(_record(value)))
    parent.insert(0, annotation)


def _escaped(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts with line breaks and tabs spelt out, because libSBML makes them blanks."""
    return {key: clean(text).translate(_SPELT) for key, text in texts.items()}


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: _SEQUENCE.sub(lambda found: _CHARACTERS[found.group()], text) for key, text in texts.items()}


def clean(text: str) -> str:
    """The text without the control characters that XML does not allow."""
    return _CONTROL.sub("", text)


def read_annotation(text: str) -> About:
    """The annotation from the text of an `<annotation>` element; an empty one if it is not ours."""
    if NAMESPACE not in text:
        return About()
    try:
        about = ElementTree.fromstring(text).find(_TAG)
    except ElementTree.ParseError:
        return About()
    if about is None:
        return About()
    value = about.find(_VALUE_TAG)
    return About(_plain(about.attrib), {} if value is None else _plain(value.attrib))


def _record(value: Value) -> dict[str, str]:
    numbers = {"number": value.value, "low": value.low, "high": value.high}
    texts = {key: str(getattr(value, key)) for key in _FIELDS if getattr(value, key)}
    return {key: repr(float(number)) for key, number in numbers.items()} | texts


def restored_value(record: Mapping[str, str], number: float, unit: str) -> Value | None:
    """The value record of an annotation, or None if it does not fit the number that the file gives."""
    try:
        if float(record["number"]) != number:
            return None
        value = Value(
            number, unit, float(record["low"]), float(record["high"]), record["quality"],  # type: ignore[arg-type]
            record.get("source", ""), record.get("reason", ""), record["range"], record["distribution"],  # type: ignore[arg-type]
        )  # fmt: skip
    except (KeyError, ValueError):
        return None
    known = value.quality in QUALITIES and value.distribution in get_args(Distribution)
    return value if known and value.range in ("stated", "default") and not value.faults() else None
