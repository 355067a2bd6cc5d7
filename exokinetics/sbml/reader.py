"""SBML files of any tool as models: every fault at once, or the model with the meaning that SBML gives it."""

from __future__ import annotations

from pathlib import PurePath

from exokinetics.errors import Issue, WrongInput, raise_errors
from exokinetics.model.parts import Part, Species, part_of
from exokinetics.model.validation import validate
from exokinetics.model.whole import Model
from exokinetics.sbml.algebraic import solve_algebraic_rules
from exokinetics.sbml.building import Builder, Formulas, read_formulas
from exokinetics.sbml.contents import Contents, contents_of, undefined
from exokinetics.sbml.delays import delayed_values
from exokinetics.sbml.documents import opened
from exokinetics.sbml.events import events_of
from exokinetics.sbml.growth import too_costly, too_wide
from exokinetics.sbml.processes import ProcessBuilder
from exokinetics.sbml.rates_of import rates_of
from exokinetics.sbml.symbols import Symbols, UnitTexts


def read_sbml(text: str, *, name: str = "", file: str = "") -> Model:
    """The model of an SBML text (Level 3; older levels are converted).

    Ids mean what they mean in SBML formulas: a species is its amount if it has only substance units, else its
    concentration. `name` is the model's name, by default as the file has it; `file` stands in messages and reasons.
    Raises `WrongInput` with every fault. Where the units of the file are incomplete or do not agree, every quantity
    is dimensionless, and `sbml_issues` says so.
    """
    model, issues = read_sbml_issues(text, name, file)
    raise_errors(issues)
    if model is None:
        raise WrongInput(f"{file}: no model could be read")
    return model


def sbml_issues(text: str, *, file: str = "") -> list[Issue]:
    """Every fault and warning of an SBML text; never raises for a bad file."""
    return read_sbml_issues(text, "", file)[1]


def read_sbml_issues(text: str, name: str, file: str) -> tuple[Model | None, list[Issue]]:
    """The model of an SBML text and every issue found; None where an issue is an error."""
    document, issues = opened(text, file)
    if document is None or document.getLevel() < 3:
        return None, issues
    contents = contents_of(document.getModel())
    missing = [Issue(file, key, message) for key, message in undefined(contents)]
    if missing:
        return None, [*issues, *missing]
    symbols = Symbols(contents, file)
    issues += symbols.issues
    formulas = read_formulas(contents, symbols, file, issues)
    wide = _too_wide(contents, symbols, formulas, file)
    if formulas.algebraic and not wide:
        issues += solve_algebraic_rules(contents, symbols, formulas, file)
        wide = _too_wide(contents, symbols, formulas, file)
    issues += wide
    if any(issue.severity == "error" for issue in issues):
        return None, issues
    part, units, more = _part(contents, symbols, formulas, file)
    issues += more
    if any(issue.severity == "error" for issue in issues):
        return None, issues
    return _model(contents, part, units, name, file), issues


def _too_wide(contents: Contents, symbols: Symbols, formulas: Formulas, file: str) -> list[Issue]:
    found = formulas.initials | formulas.assignments | formulas.rates
    definitions = {symbols.ids.get(name, name): node for name, node in found.items()} | formulas.laws
    definitions |= formulas.algebraic | {f"{name}.constraint": node for name, node in formulas.constraints.items()}
    for event, formula in formulas.events.items():  # a dot, which no id of a file has, sets these names apart
        definitions |= {f"{event}.{index}": node for index, node in enumerate(formula.nodes())}
    name = too_wide(definitions, {name: len(item.references) for name, item in contents.reactions.items()})
    message = "the formula, with the others written out in it, has too many terms; simplify it"
    if not name and (name := too_costly(definitions)):
        message = "there are too many operations in this formula and other long ones to be compiled; simplify them"
    return [Issue(file, name.split(".")[0], message)] if name else []


def _part(contents: Contents, symbols: Symbols, formulas: Formulas, file: str) -> tuple[Part, UnitTexts, list[Issue]]:
    """The part with its units if they are complete and agree, else without any."""
    units = UnitTexts(contents, True)
    try:
        part, issues = _built(contents, symbols, formulas, units, file)
        faults = validate(part, units.time(), file=file)
        reason = "; ".join(str(fault) for fault in faults[:1])
    except WrongInput as error:
        part, issues, reason = Part(), [], str(error)
    if not reason:
        return part, units, issues
    units = UnitTexts(contents, False)
    part, issues = _built(contents, symbols, formulas, units, file)
    faults = validate(part, units.time(), file=file, check_units=False)
    refused = any(issue.severity == "error" for issue in issues)  # what is not read has no units to agree
    if not faults and not refused:
        message = f"units are missing or do not agree, so every quantity is read as dimensionless (first: {reason})"
        faults = [Issue(file, "units", message, "warning")]
    return part, units, [*issues, *faults]


def _built(
    contents: Contents, symbols: Symbols, formulas: Formulas, units: UnitTexts, file: str
) -> tuple[Part, list[Issue]]:
    builder = Builder(contents, symbols, formulas, units, file)
    builder.build()
    processes = ProcessBuilder(builder)
    processes.build()
    pieces = builder.pieces
    pieces.observables += rates_of(builder)
    pieces.observables += delayed_values(builder)
    if not pieces.species and not pieces.observables:  # nothing changes; let a simulation show the constants
        pieces.species = [Species(item.id, item.unit, item.value, item.title, False) for item in pieces.parameters]
        pieces.parameters = []
    part = part_of(
        species=pieces.species, parameters=pieces.parameters, reactions=pieces.reactions,
        modulators=processes.modulators, observables=pieces.observables, events=events_of(builder),
        constraints={symbols.ids[name]: node for name, node in formulas.constraints.items()},
    )  # fmt: skip
    return part, builder.issues


def _model(contents: Contents, part: Part, units: UnitTexts, name: str, file: str) -> Model:
    texts = contents.about.texts
    time_unit = texts.get("time_unit", "") if units.trusted else ""
    name = name or texts.get("name", "") or contents.id or PurePath(file).stem or "model"
    return Model(
        name, contents.title or name, time_unit or units.time(), part, file=file,
        summary=texts.get("summary", ""), citation=texts.get("citation", ""),
    )  # fmt: skip
