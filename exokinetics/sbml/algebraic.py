"""Algebraic rules (0 = expression) solved for the one variable that each determines, where it stands linearly in it.

A rule so solved is an assignment rule, exact at every time. SBML does not say which variable a rule determines: it must
be one that nothing else determines, and there must be no choice. What is left open is refused; what is not linear
becomes a constraint.
"""

from __future__ import annotations

from collections.abc import Mapping

from exokinetics.errors import Issue, WrongInput
from exokinetics.expressions.derivative import derivative
from exokinetics.expressions.graph import Node, number, substitute
from exokinetics.model.equations import written_out
from exokinetics.sbml.building import Formulas
from exokinetics.sbml.constraints import is_linear, matched, reduced, without_start, written_as_constraints
from exokinetics.sbml.contents import Contents
from exokinetics.sbml.symbols import Symbols

MAX_TOGETHER = 10  # rules that share variables
SINGULAR = 1e-9  # of the largest coefficient of a rule: what rounding leaves of a zero is far below
MAX_TRIES = 50  # choices of the variable that a rule is solved for


def solve_algebraic_rules(contents: Contents, symbols: Symbols, formulas: Formulas, file: str) -> list[Issue]:
    """Move every algebraic rule to the assignments or constraints of `formulas`; an issue for each that is refused."""
    free = {symbols.ids[name]: name for name in _undetermined(contents, formulas)}
    definitions = {symbols.ids.get(name, name): node for name, node in formulas.assignments.items()} | formulas.laws
    try:
        known = written_out(definitions, "rules")
    except WrongInput as error:
        return [Issue(file, "rules", str(error))]
    rules = dict(zip(formulas.algebraic, substitute(list(formulas.algebraic.values()), known), strict=True))
    wanted = {name: {own for own in node.symbols if own in free} for name, node in rules.items()}
    given = written_as_constraints(contents, rules, free)
    formulas.constraints |= {free[own]: formulas.algebraic[name] for name, own in given.items()}
    taken = set(given.values())
    wanted = {name: unknowns - taken for name, unknowns in wanted.items() if name not in given}
    assigned = {own for own, name in free.items() if name in contents.event_variables}
    for group in _connected(wanted):
        unknowns = set().union(*(wanted[name] for name in group))
        # what an event sets is determined by a rule only where nothing else is left for the rule to determine
        unknowns = unknowns - assigned if len(unknowns - assigned) >= len(group) else unknowns
        if len(unknowns) != len(group):
            return [Issue(file, group[0], _unclear(group, unknowns))]
        if len(group) > MAX_TOGETHER:
            message = (
                f"{len(group)} algebraic rules share their variables; at most {MAX_TOGETHER} can be solved together"
            )
            return [Issue(file, group[0], message)]
        together, ordered = [rules[name] for name in group], sorted(unknowns)
        found = _solved(together, ordered, [_least(rule, ordered) for rule in together], [MAX_TRIES])
        if found is not None:
            formulas.assignments |= {free[own]: node for own, node in found.items()}
            continue
        fault = _with_roots(
            contents, formulas, {name: rules[name] for name in group}, {own: free[own] for own in ordered}
        )
        if fault is not None:
            return [Issue(file, *fault)]
    formulas.algebraic.clear()
    return []


def _with_roots(
    contents: Contents, formulas: Formulas, rules: Mapping[str, Node], unknowns: Mapping[str, str]
) -> tuple[str, str] | None:
    """Solve what is linear in a group of rules, and leave constraints; or the id of a rule that is refused and why.

    `unknowns` are our ids with those of the file.
    """
    if is_linear(rules, list(unknowns)):
        message = "this algebraic rule does not determine a variable: it follows from others or contradicts them"
        return next(iter(rules)), f"{message}; write another"
    faults = {own: without_start(contents, name) for own, name in unknowns.items()}
    least = {name: _least(rule, list(unknowns)) for name, rule in rules.items()}
    solved, rest = reduced(rules, list(unknowns), least, {own for own, fault in faults.items() if fault})
    found = matched(rest, [own for own in unknowns if own not in solved], least)
    if isinstance(found, str):
        return found, "no variable by which this algebraic rule changes is left for it to determine; write another"
    for rule, own in found.items():
        if faults[own]:
            return rule, faults[own]
    formulas.assignments |= {unknowns[own]: node for own, node in solved.items()}
    formulas.constraints |= {unknowns[own]: formulas.algebraic[rule] for rule, own in found.items()}
    return None


def _unclear(group: list[str], unknowns: set[str]) -> str:
    rules = "this algebraic rule" if len(group) == 1 else f"{len(group)} algebraic rules"
    if len(unknowns) < len(group):
        return f"nothing is left for {rules} to determine; remove it or make a variable of it not constant"
    shown = ", ".join(f"'{name}'" for name in sorted(unknowns))
    return f"{rules} could determine any of {shown}; make the others constant"


def _undetermined(contents: Contents, formulas: Formulas) -> list[str]:
    """The variables that no rule and no reaction determines."""
    changed = {reference.species for one in contents.reactions.values() for reference in one.references}
    ruled = formulas.assignments.keys() | formulas.rates.keys()
    found = [name for name, item in contents.quantities.items() if not item.constant and name not in ruled]
    for name, species in contents.species.items():
        reacting = name in changed and not species.boundary
        if not (species.constant or reacting or name in ruled):
            found.append(name)
    return found


def _connected(wanted: Mapping[str, set[str]]) -> list[list[str]]:
    """The rules in groups that share no unknown."""
    groups: list[tuple[list[str], set[str]]] = []
    for name, unknowns in wanted.items():
        together = [group for group in groups if group[1] & unknowns]
        groups = [group for group in groups if not group[1] & unknowns]
        names = [other for group in together for other in group[0]]
        groups.append(([*names, name], unknowns.union(*(group[1] for group in together))))
    return [names for names, _ in groups]


def _solved(rules: list[Node], unknowns: list[str], least: list[float], tries: list[int]) -> dict[str, Node] | None:
    """The unknowns over everything else, each earlier one over later ones as well; None if that needs a root.

    `least` are the coefficients of each rule that count as zero; `tries` holds how many more choices of an unknown may
    be tried.
    """
    if not rules:
        return {}
    slopes = _slopes(rules[0], unknowns)
    for name in sorted(slopes, key=lambda each: slopes[each].kind != "number"):
        slope = slopes[name]
        vanishes = slope.kind == "number" and abs(float(slope.payload)) <= least[0]
        if vanishes or name in slope.symbols or tries[0] <= 0:
            continue
        tries[0] -= 1
        (at_zero,) = substitute([rules[0]], {name: number(0.0)})
        solution = -at_zero / slope
        rest = substitute(rules[1:], {name: solution})
        others = _solved(rest, [other for other in unknowns if other != name], least[1:], tries)
        if others is not None:
            return {name: solution} | others
    return None


def _slopes(rule: Node, unknowns: list[str]) -> dict[str, Node]:
    return {name: derivative(rule, name) for name in unknowns if name in rule.symbols}


def _least(rule: Node, unknowns: list[str]) -> float:
    """The size below which a coefficient of the rule is what rounding leaves of a zero."""
    numbers = (abs(float(node.payload)) for node in _slopes(rule, unknowns).values() if node.kind == "number")
    return SINGULAR * max(numbers, default=0.0)
