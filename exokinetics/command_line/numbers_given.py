"""Numbers among the arguments, read from their text."""

from __future__ import annotations

from exokinetics.errors import WrongInput

MOST = 2**31 - 1  # what seeds and counts of every library can hold


def whole(option: str, text: str, least: int, most: int = MOST) -> int:
    """A whole number from `least` to `most`; `WrongInput` names the option."""
    try:
        found = int(text)
    except ValueError:
        found = least - 1
    if found < least:
        raise WrongInput(f"{option}: must be a whole number of at least {least}, not '{text}'")
    if found > most:
        raise WrongInput(f"{option}: must be at most {most:,}, not '{text}'")
    return found


def real(option: str, text: str) -> float:
    """A number; `WrongInput` names the option."""
    try:
        return float(text)
    except ValueError:
        raise WrongInput(f"{option}: must be a number such as 1e-6, not '{text}'") from None
