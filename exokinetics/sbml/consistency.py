"""What libSBML says about a document, every check on."""

from __future__ import annotations

import re

from exokinetics.sbml.binding import libsbml

_UNDECLARED = 99505  # the units of a literal are not declared, which those of <infinity/> and <notanumber/> cannot be
_ARGUMENTS = 10501  # those of a delay; libSBML knows no time without unit, which the specification allows
_DELAY = re.compile(r"\bdelay function\b.* does not have units of time")
_WITHOUT_UNITS = re.compile(r"\b(INF|NaN)\b")


def consistency_messages(text: str, *, units: bool = True) -> list[str]:
    """Errors and warnings of libSBML for a document, modelling practice included; empty if there are none.

    `units=False` leaves out the unit checks, which a model without complete units cannot pass.
    """
    library = libsbml()
    document = library.readSBMLFromString(text)
    for category in (
        library.LIBSBML_CAT_GENERAL_CONSISTENCY, library.LIBSBML_CAT_IDENTIFIER_CONSISTENCY,
        library.LIBSBML_CAT_UNITS_CONSISTENCY, library.LIBSBML_CAT_MATHML_CONSISTENCY,
        library.LIBSBML_CAT_SBO_CONSISTENCY, library.LIBSBML_CAT_OVERDETERMINED_MODEL,
        library.LIBSBML_CAT_MODELING_PRACTICE,
    ):  # fmt: skip
        document.setConsistencyChecks(category, units or category != library.LIBSBML_CAT_UNITS_CONSISTENCY)
    if document.getNumErrors() == 0:
        document.checkConsistency()
    model = document.getModel()
    unitless = model is not None and model.getTimeUnits() == "dimensionless"
    found = []
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        message = " ".join(error.getMessage().split())
        if error.getErrorId() == _UNDECLARED and _WITHOUT_UNITS.search(message):
            continue
        if unitless and error.getErrorId() == _ARGUMENTS and _DELAY.search(message):
            continue
        found.append(f"line {error.getLine()}: {error.getSeverityAsString().lower()} {error.getErrorId()}: {message}")
    return found
