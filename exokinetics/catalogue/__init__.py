"""The shipped models, and model files anywhere: from TOML to a checked `Model`."""

from exokinetics.catalogue.loading import load, mechanisms, models

__all__ = ["load", "mechanisms", "models"]
