"""Models compiled to functions over arrays of floats."""

from exokinetics.compiler.callables import Bound
from exokinetics.compiler.system import System, system_of

__all__ = ["Bound", "System", "system_of"]
