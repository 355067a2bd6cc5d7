"""Models compiled to functions over arrays of floats."""

from exokinetics.compiler.callables import Bound
from exokinetics.compiler.kept import system_of
from exokinetics.compiler.system import System

__all__ = ["Bound", "System", "system_of"]
