"""Models compiled to functions over arrays of floats."""

from exokinetics.compiler.system import System, system_of

__all__ = ["System", "system_of"]
