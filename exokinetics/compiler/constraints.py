"""Where constraints are not supported yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exokinetics.errors import WrongInput

if TYPE_CHECKING:
    from exokinetics.compiler.system import System


def require_unconstrained(system: System, what: str) -> None:
    """Raise `WrongInput`, which names what a constraint determines, if there is one."""
    for index in system.algebraic:
        raise WrongInput(
            f"{what}: a constraint determines '{system.states[index]}', with which this is not supported yet; solve "
            "the constraint for it and make it an observable"
        )
