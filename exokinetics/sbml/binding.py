"""The one place that imports libSBML, an optional library."""

from __future__ import annotations

from typing import Any

from exokinetics.errors import extra


def libsbml() -> Any:
    """The libSBML module; `MissingExtra` with the install command where it is not installed."""
    try:
        import libsbml as library
    except ImportError as error:
        raise extra("libsbml", "sbml") from error
    return library
