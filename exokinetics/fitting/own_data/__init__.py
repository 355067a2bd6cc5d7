"""A fit from somebody's table: what its columns mean, what to estimate, and a folder to edit."""

from exokinetics.fitting.own_data.beginning import WrittenFit, write_fit

__all__ = ["WrittenFit", "write_fit"]
