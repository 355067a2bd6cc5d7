"""`import`: a report of what an SBML file became, and the file written anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from exokinetics.command_line.checking import count
from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import BOLD, Page
from exokinetics.errors import WorkFailed, WrongInput

if TYPE_CHECKING:
    from exokinetics.interchange.understanding import Understanding
    from exokinetics.model.whole import Model

MOST = 30  # names in one list; --json has all
HANGING = 4


def importing(file: str, out: Path | None) -> Outcome:
    """Tell what a file became; with `out` write the model as SBML Level 3 Version 2, proved as every export is.

    What is refused goes to standard error, all at once, and the exit code is 2.
    """
    from exokinetics.interchange.understanding import understand

    if out is not None:
        _require_sbml(out)
    found = understand(file)
    if found.model is None:
        error = "\n".join(map(str, found.refused)) or f"{file}: no model could be read"
        return Outcome(found.content(), lambda page: _write(found, page), error=error, code=2)
    written = [] if out is None else _written(found.model, out)
    return Outcome(found.content(), lambda page: _write(found, page), written, [str(each) for each in found.warnings])


def _require_sbml(out: Path) -> None:
    from exokinetics.interchange.exporting import export_format

    if out.suffix.lower() == ".toml":
        raise WrongInput(
            f"{out}: a model file of this package names mechanisms, which SBML does not tell; every command takes the "
            "SBML file itself, or give --out FILE.xml to write it anew"
        )
    export_format(out, None)


def _written(model: Model, out: Path) -> list[str]:
    from exokinetics.interchange import export

    try:
        return [str(export(model, out))]
    except WrongInput as error:
        raise WorkFailed(str(error)) from None


def _write(found: Understanding, page: Page) -> None:
    page.line(found.title or found.file, style=BOLD)
    page.line(f"{found.file}: SBML {found.level}" if found.level else f"{found.file}: SBML")
    page.line(_counts(found) or "It holds nothing that is counted.")
    if found.model is None:
        page.heading(f"Refused ({len(found.refused)})")
        page.line("Nothing was read; what is wrong stands on standard error.")
        return
    _write_units(found, page)
    _write_roles(found, page)
    _write_size(found, page)
    if found.limits:
        page.heading("What to know")
    for sentence in found.limits:
        page.line(f"- {sentence}", hanging=2)
    page.heading("Next")
    for command in found.commands:
        page.line(command, indent=HANGING)


def _counts(found: Understanding) -> str:
    return ", ".join(f"{number} {name if number != 1 else _one(name)}" for name, number in found.elements.items())


def _one(plural: str) -> str:
    """The singular of what is counted."""
    head, behind, tail = plural.partition(" with ")
    head, inside, formulas = head.partition(" in ")
    singular = head if head.endswith("species") else head.removesuffix("s")
    return singular + behind + tail + inside + formulas


def _write_units(found: Understanding, page: Page) -> None:
    assert found.model is not None
    page.heading("Units")
    if found.units:
        page.line(f"Not understood: {found.units}.")
    else:
        page.line(f"Understood and consistent; time in {found.model.time_unit}.")


def _write_roles(found: Understanding, page: Page) -> None:
    page.heading("What each thing became")
    groups: dict[tuple[str, str], list[str]] = {}
    for name, item in found.became.items():
        groups.setdefault((item.role, item.kind), []).append(f"{name} (state {item.beside})" if item.beside else name)
    rows = [(kind, role, str(len(names)), _some(names)) for (role, kind), names in sorted(groups.items())]
    if found.model is not None and found.model.whole.events:
        names = list(found.model.whole.events)
        rows.append(("event", "event", str(len(names)), _some(names)))
    page.table(("in the file", "here", "number", "ids"), rows, numbers=[2])
    if found.renamed:
        page.heading(f"Renamed ({len(found.renamed)})")
        page.line(_some([f"{name} is {own}" for name, own in found.renamed.items()]), hanging=HANGING)


def _write_size(found: Understanding, page: Page) -> None:
    from exokinetics.interchange.conserved import total_text

    size = found.size
    assert size is not None
    page.heading("System")
    page.line(
        f"{count(size.states, 'state')} ({size.changing} that change), {count(size.parameters, 'parameter')}, "
        f"{count(size.outputs, 'output')}, {count(size.events, 'event')}; {size.entries} of "
        f"{size.states**2} entries of the Jacobian are not zero"
    )
    if found.totals is None:
        page.line("Conserved totals were not looked for in a system of this size.")
    elif not found.totals:
        page.line("No total of species is conserved by the structure of the reactions.")
    for total in (found.totals or ())[:MOST]:
        page.line(f"conserved: {total_text(total)}", hanging=HANGING)
    if found.totals and len(found.totals) > MOST:
        page.line(f"and {len(found.totals) - MOST} more conserved totals")


def _some(names: Iterable[str]) -> str:
    given = list(names)
    more = f" and {len(given) - MOST} more" if len(given) > MOST else ""
    return ", ".join(given[:MOST]) + more
