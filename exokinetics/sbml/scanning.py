"""The check of a text before libSBML sees it: XML of bounded size and depth, and nothing that XML would expand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from exokinetics.errors import Issue, WrongInput

MAX_BYTES = 20_000_000
MAX_DEPTH = 200  # elements inside each other
MAX_CHILDREN = 10_000  # operands of one operator, which libSBML nests into each other
MAX_COUNTS = {
    "reaction": 50_000, "species": 50_000, "parameter": 200_000, "localParameter": 200_000, "compartment": 50_000,
    "functionDefinition": 5_000, "assignmentRule": 50_000, "rateRule": 50_000, "initialAssignment": 50_000,
    "unitDefinition": 5_000, "apply": 500_000, "event": 5_000, "algebraicRule": 5_000,
}  # fmt: skip

READ_PACKAGES = ("comp",)

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def prepared(text: str, file: str) -> tuple[str, list[Issue]]:
    """The text for libSBML, its XML declaration replaced by one that fits, and the faults that forbid reading it."""
    if len(text) > MAX_BYTES:
        return "", [Issue(file, "", f"the file has more than {MAX_BYTES // 1_000_000} MB; split the model")]
    text = text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
    found = _DECLARATION.match(text)
    if found:  # whatever encoding it names, this text is already decoded; keep the line breaks for line numbers
        text = "\n" * found.group().count("\n") + text[found.end() :]
    scan = _Scan(file)
    scan.run(text)
    lines = len(text) - len(text.lstrip())
    body = text.lstrip()
    return '<?xml version="1.0" encoding="UTF-8"?>' + text[:lines] + body, scan.issues


@dataclass(frozen=True)
class Elements:
    """What a text holds: its level and version, and how many elements of each name, submodels included.

    Names are those of Level 3, whatever the level of the text; parameters of kinetic laws are `localParameter`,
    delayed values in formulas `delayed`.
    """

    level: str
    version: str
    counts: Mapping[str, int]


def elements_of(text: str) -> Elements:
    """The elements of a text, as far as it can be read."""
    scan = _Scan("")
    scan.run(text)
    return Elements(scan.level, scan.version, scan.counts)


# what older levels call an element; the rules of Level 1 are rates only where they say so
_OLDER = {
    "specie": "species", "parameterRule": "assignmentRule", "compartmentVolumeRule": "assignmentRule",
    "speciesConcentrationRule": "assignmentRule", "specieConcentrationRule": "assignmentRule",
}  # fmt: skip


def _counted(tag: str, path: list[str], attributes: Mapping[str, str]) -> str:
    """The name under which an element counts."""
    if tag in _OLDER:
        return "rateRule" if attributes.get("type") == "rate" and tag != "specie" else _OLDER[tag]
    if tag == "parameter" and path[-2:-1] == ["kineticLaw"]:
        return "localParameter"
    if tag == "csymbol" and attributes.get("definitionURL", "").endswith("/symbols/delay"):
        return "delayed"
    return tag


@dataclass
class _Scan:
    """Walks through the elements and stops at the first fault that makes going on unsafe."""

    file: str
    issues: list[Issue] = field(default_factory=list)
    depth: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    children: list[int] = field(default_factory=lambda: [0])
    level: str = ""
    version: str = ""

    def run(self, text: str) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "it is broken")
            self.issues.append(Issue(self.file, f"line {error.lineno}", f"this is not readable XML: {reason}"))
        except WrongInput as error:
            self.issues.append(Issue(self.file, f"line {parser.CurrentLineNumber}", str(error)))

    def _doctype(self, *_: object) -> None:
        raise WrongInput("a document type or entity declaration is not read; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if self.depth == 0:
            self._root(tag, attributes)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise WrongInput(f"elements stand more than {MAX_DEPTH} deep inside each other; simplify the file")
        kind = _counted(tag, self._path, attributes)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] > MAX_COUNTS.get(kind, 1_000_000):
            most = MAX_COUNTS.get(kind, 1_000_000)
            raise WrongInput(f"there are more than {most} <{tag}> elements; split the model")
        self.children[-1] += 1
        if self.children[-1] > MAX_CHILDREN and self.inside == "apply":
            raise WrongInput(f"an operator has more than {MAX_CHILDREN} operands; split the formula")
        self.children.append(0)
        self._path.append(tag)

    @property
    def inside(self) -> str:
        """The element that is open now."""
        return self._path[-1] if self._path else ""

    def __post_init__(self) -> None:
        self._path: list[str] = []

    def _end(self, _: str) -> None:
        self.depth -= 1
        self.children.pop()
        self._path.pop()

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "sbml":
            raise WrongInput(f"the outermost element is <{tag}>, not <sbml>; give an SBML file")
        self.level, self.version = attributes.get("level", ""), attributes.get("version", "")
        for key, value in attributes.items():
            if key.endswith(" required") and value in ("true", "1"):
                package = key.split(" ")[0].rsplit("/", 2)
                name = package[1] if len(package) > 1 else key
                if name in READ_PACKAGES:
                    continue
                message = f"the package '{name}', which the file requires, is not supported yet"
                self.issues.append(Issue(self.file, name, message))
