"""The check of a text before libSBML sees it: XML of bounded size and depth, and nothing that XML would expand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.parsing import shorten

MAX_BYTES = 20_000_000
MAX_DEPTH = 200  # elements inside each other
MAX_CHILDREN = 10_000  # operands of one operator, which libSBML nests into each other, or pieces of a choice
MAX_ID, MAX_ATTRIBUTE, MAX_ATTRIBUTES = 1_000, 100_000, 1_000
MAX_COMMENT = 1_000_000  # characters; the time that libSBML takes for one grows with its square
MAX_COUNTS = {
    "reaction": 50_000, "species": 50_000, "parameter": 200_000, "localParameter": 200_000, "compartment": 50_000,
    "functionDefinition": 5_000, "assignmentRule": 50_000, "rateRule": 50_000, "initialAssignment": 50_000,
    "unitDefinition": 5_000, "apply": 500_000, "event": 5_000, "algebraicRule": 5_000,
}  # fmt: skip

READ_PACKAGES = ("comp",)

_SPACES = ("http://www.sbml.org/sbml/", "http://www.w3.org/1998/Math/MathML ")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def prepared(text: str, file: str) -> tuple[str, list[Issue], Elements]:
    """The text for libSBML, its XML declaration replaced by one that fits, the faults that forbid reading it, and what
    it holds."""
    scan = _Scan(file)
    if len(text) > MAX_BYTES:
        issue = Issue(file, "", f"the file has more than {MAX_BYTES // 1_000_000} MB; split the model")
        return "", [issue], scan.elements()
    text = text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
    found = _DECLARATION.match(text)
    if found:  # whatever encoding it names, this text is already decoded; keep the line breaks for line numbers
        text = "\n" * found.group().count("\n") + text[found.end() :]
    scan.run(text)
    lines = len(text) - len(text.lstrip())
    body = text.lstrip()
    return '<?xml version="1.0" encoding="UTF-8"?>' + text[:lines] + body, scan.issues, scan.elements()


@dataclass(frozen=True)
class Elements:
    """What a text holds: its level and version, and how many elements of each name, submodels included.

    Names are those of Level 3, whatever the level of the text; parameters of kinetic laws are `localParameter`,
    delayed values in formulas `delayed`. `mathematics` are the elements in all formulas, `largest` those in the
    largest.
    """

    level: str
    version: str
    counts: Mapping[str, int]
    mathematics: int
    largest: int


def elements_of(text: str) -> Elements:
    """The elements of a text, as far as it can be read."""
    scan = _Scan("")
    scan.run(text)
    return scan.elements()


# what older levels call an element; the rules of Level 1 are rates only where they say so
_OLDER = {
    "specie": "species", "parameterRule": "assignmentRule", "compartmentVolumeRule": "assignmentRule",
    "speciesConcentrationRule": "assignmentRule", "specieConcentrationRule": "assignmentRule",
}  # fmt: skip
_TOLD_APART = frozenset({*_OLDER, "parameter", "csymbol"})


def _counted(tag: str, path: list[str], attributes: Mapping[str, str]) -> str:
    """The name under which an element counts."""
    if tag in _OLDER:
        return "rateRule" if attributes.get("type") == "rate" and tag != "specie" else _OLDER[tag]
    if tag == "parameter" and path[-2:-1] == ["kineticLaw"]:
        return "localParameter"
    if tag == "csymbol" and attributes.get("definitionURL", "").endswith("/symbols/delay"):
        return "delayed"
    return tag


def _require_short(tag: str, attributes: Mapping[str, str]) -> None:
    """Refuse ids and texts of a length that no model has: they would come back in every message."""
    if len(attributes) > MAX_ATTRIBUTES:
        raise WrongInput(f"<{shorten(tag)}> has more than {MAX_ATTRIBUTES} attributes; simplify the file")
    for key, value in attributes.items():
        if len(value) > MAX_ID:
            most = MAX_ID if key.rsplit(" ", 1)[-1] in ("id", "metaid") else MAX_ATTRIBUTE
            if len(value) > most:
                shown = shorten(key.rsplit(" ", 1)[-1])
                message = f"the attribute '{shown}' of <{shorten(tag)}> has {len(value):,} characters"
                raise WrongInput(f"{message}; at most {most:,} are read")


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
    total: int = 0
    begun: int = 0  # the total where the formula begins that is open
    mathematics: int = 0
    largest: int = 0

    def elements(self) -> Elements:
        """What was met so far."""
        return Elements(self.level, self.version, self.counts, self.mathematics, self.largest)

    def run(self, text: str) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = self._aside
        parser.ProcessingInstructionHandler = lambda _, text: self._aside(text)
        try:
            parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            reason = expat.errors.messages.get(error.code, "it is broken")
            self.issues.append(Issue(self.file, f"line {error.lineno}", f"this is not readable XML: {reason}"))
        except WrongInput as error:
            self.issues.append(Issue(self.file, f"line {parser.CurrentLineNumber}", str(error)))

    def _doctype(self, *_: object) -> None:
        raise WrongInput("a document type or entity declaration is not read; remove it")

    def _aside(self, text: str) -> None:
        if len(text) > MAX_COMMENT:
            raise WrongInput(f"a comment has {len(text):,} characters; at most {MAX_COMMENT:,} are read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if self.depth == 0:
            self._root(tag, attributes)
        _require_short(tag, attributes)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise WrongInput(f"elements stand more than {MAX_DEPTH} deep inside each other; simplify the file")
        # an annotation may hold elements of the same names, which are counted apart
        kind = tag if name.startswith(_SPACES) else name
        kind = _counted(tag, self._path, attributes) if kind in _TOLD_APART else kind
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] > MAX_COUNTS.get(kind, 1_000_000):
            most = MAX_COUNTS.get(kind, 1_000_000)
            raise WrongInput(f"there are more than {most} <{shorten(tag)}> elements; split the model")
        self.children[-1] += 1
        if self.children[-1] > MAX_CHILDREN and self.inside in ("apply", "piecewise"):
            what = "an operator has" if self.inside == "apply" else "a choice has"
            raise WrongInput(f"{what} more than {MAX_CHILDREN} operands; split the formula")
        self.children.append(0)
        self._path.append(tag)
        self.total += 1
        if tag == "math":
            self.begun = self.total

    @property
    def inside(self) -> str:
        """The element that is open now."""
        return self._path[-1] if self._path else ""

    def __post_init__(self) -> None:
        self._path: list[str] = []

    def _end(self, _: str) -> None:
        self.depth -= 1
        self.children.pop()
        if self._path.pop() == "math":
            size = self.total - self.begun
            self.mathematics, self.largest = self.mathematics + size, max(self.largest, size)

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "sbml":
            raise WrongInput(f"the outermost element is <{shorten(tag)}>, not <sbml>; give an SBML file")
        self.level, self.version = attributes.get("level", ""), attributes.get("version", "")
        for key, value in attributes.items():
            if key.endswith(" required") and value in ("true", "1"):
                package = key.split(" ")[0].rsplit("/", 2)
                name = package[1] if len(package) > 1 else key
                if name in READ_PACKAGES:
                    continue
                message = f"the package '{shorten(name)}', which the file requires, is not supported yet"
                self.issues.append(Issue(self.file, shorten(name), message))
