"""Reports: what the project holds and how far it goes, as tables."""

from exokinetics.reports.catalogue_rows import coverage

__all__ = ["coverage"]
