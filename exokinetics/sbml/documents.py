"""A text as an SBML Level 3 document of libSBML, with everything that forbids reading it as issues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exokinetics.errors import Issue
from exokinetics.expressions.parsing import shorten
from exokinetics.sbml.binding import libsbml
from exokinetics.sbml.flattening import boundless, flatten, outside_texts
from exokinetics.sbml.scanning import Elements, prepared

MAX_MESSAGES = 20
MAX_SENTENCE = 300  # characters of one of them
# libSBML's check of circles takes seconds at 300 formulas and minutes at 1000; this package has checks of its own
MAX_FORMULAS, MAX_REACTIONS = 100, 5_000
MAX_LARGEST, MAX_MATHEMATICS = 3_000, 50_000  # elements of one formula, with whose square its checks grow, and of all
_UNKNOWN_UNIT = 10313  # where the units of a file do not serve, it is read without them


def opened(text: str, file: str) -> tuple[Any | None, list[Issue]]:
    """The document, converted to Level 3 Version 2 if it is older, or None; and all issues found so far."""
    text, issues, elements = prepared(text, file)
    if any(issue.key == "" or issue.key.startswith("line ") for issue in issues):
        return None, issues
    texts, faults = outside_texts(text, file)
    if faults:
        return None, [*issues, *faults]
    library = libsbml()
    document = library.readSBMLFromString(text)
    faults = boundless(document, texts, file)
    if faults:
        return None, [*issues, *faults]
    if texts:  # only then, for libSBML looks for files from here on
        document.setLocationURI(Path(file).resolve().as_uri())
    if not issues:  # a required package draws many complaints that say no more
        issues += _complaints(document, library, file, elements)
    if document.getModel() is None:
        return None, issues or [Issue(file, "", "the file has no model")]
    issues += [] if issues else flatten(document, file)
    issues += _refused(document.getModel(), file)
    if not issues and document.getLevel() < 3 and not document.setLevelAndVersion(3, 2, False):
        level = f"Level {document.getLevel()} Version {document.getVersion()}"
        issues.append(Issue(file, "", f"SBML {level} could not be converted to Level 3; convert it with its own tool"))
    return document, issues


def _complaints(document: Any, library: Any, file: str, elements: Elements) -> list[Issue]:
    """Errors of libSBML; units are checked by this package, and practices are left to the author."""
    if document.getNumErrors(library.LIBSBML_SEV_ERROR) + document.getNumErrors(library.LIBSBML_SEV_FATAL) == 0:
        model = document.getModel()
        formulas = model.getNumRules() + model.getNumInitialAssignments() if model is not None else 0
        formulas += model.getNumFunctionDefinitions() if model is not None else 0
        small = formulas <= MAX_FORMULAS and (model is None or model.getNumReactions() <= MAX_REACTIONS)
        small &= elements.largest <= MAX_LARGEST and elements.mathematics <= MAX_MATHEMATICS
        for category, wanted in (
            (library.LIBSBML_CAT_IDENTIFIER_CONSISTENCY, True), (library.LIBSBML_CAT_GENERAL_CONSISTENCY, small),
            (library.LIBSBML_CAT_MATHML_CONSISTENCY, small), (library.LIBSBML_CAT_UNITS_CONSISTENCY, False),
            (library.LIBSBML_CAT_MODELING_PRACTICE, False), (library.LIBSBML_CAT_SBO_CONSISTENCY, False),
            (library.LIBSBML_CAT_OVERDETERMINED_MODEL, False),
        ):  # fmt: skip
            document.setConsistencyChecks(category, wanted)
        document.checkConsistency()
    found = []
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        severe = error.getSeverity() in (library.LIBSBML_SEV_ERROR, library.LIBSBML_SEV_FATAL)
        if severe and error.getErrorId() != _UNKNOWN_UNIT:
            found.append(Issue(file, f"line {error.getLine()}", _sentence(error)))
    rest = len(found) - MAX_MESSAGES
    return found if rest <= 0 else [*found[:MAX_MESSAGES], Issue(file, "", f"and {rest} more faults")]


def _sentence(error: Any) -> str:
    """What libSBML says, without the paragraph of the specification in front where something more exact follows."""
    rule, reference, behind = error.getMessage().partition("\nReference:")
    detail = " ".join(behind.partition("\n")[2].split()).strip(" .[")
    if not reference:
        return shorten(rule, MAX_SENTENCE)
    short = error.getShortMessage().strip(" .")
    return shorten(f"{short}: {detail}" if detail else short, MAX_SENTENCE)


def _refused(model: Any, file: str) -> list[Issue]:
    """What this package does not read yet, by the id of the element."""
    found = []
    for index in range(model.getNumReactions()):
        reaction = model.getReaction(index)
        if reaction.isSetFast() and reaction.getFast():
            found.append(Issue(file, reaction.getIdAttribute(), "a fast reaction is not supported yet"))
    return found
