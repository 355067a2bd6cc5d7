"""A fit from somebody's table: what its columns mean, what to estimate, and a folder to edit."""

from exokinetics.fitting.own_data.beginning import WrittenFit, write_fit
from exokinetics.fitting.own_data.empty import begin_fit

__all__ = ["WrittenFit", "begin_fit", "write_fit"]
