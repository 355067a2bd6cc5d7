"""Files of models and fits: told apart by content, checked, read, and written with a proof that they came out right."""

from exokinetics.interchange.exporting import export
from exokinetics.interchange.manifest import Manifest
from exokinetics.interchange.reading import check, read

__all__ = ["Manifest", "check", "export", "read"]
