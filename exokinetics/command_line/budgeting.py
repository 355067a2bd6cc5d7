"""`budget`: what cells receive through vesicles, against what half of an effect would take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exokinetics.command_line.checking import count
from exokinetics.command_line.outcome import Outcome
from exokinetics.command_line.page import BOLD, Page
from exokinetics.command_line.simulating import settings_of

LEVELS = {"low": 0.05, "median": 0.5, "high": 0.95}


def budgeting(name: str, variant: str, draws: int, seed: int, settings: Sequence[str]) -> Outcome:
    """The budget of every chain of a model: a table of median and central 90 %, and the sentence it implies."""
    from exokinetics.catalogue import load
    from exokinetics.delivery import budget, budget_sentences, nominal_budget
    from exokinetics.delivery.budgets import CHAIN, NEEDED, QUANTITIES, quantile, shown
    from exokinetics.errors import WrongInput

    model = load(name, variant)
    values, initial = settings_of(model, settings)
    if initial:
        raise WrongInput(
            f"--set {next(iter(initial))}: a budget is one of steady states, which no initial value changes"
        )
    table = budget(model, draws=draws, seed=seed, values=values)
    nominal = nominal_budget(model, values)
    sentences = budget_sentences(table, nominal)
    chains: list[dict[str, Any]] = []
    for (chain, rows), (_, own) in zip(
        table.groupby(CHAIN, sort=False), nominal.groupby(CHAIN, sort=False), strict=True
    ):
        levels = {
            quantity: {"value": float(own[quantity].iloc[0])}
            | {level: quantile(rows[quantity], share) for level, share in LEVELS.items()}
            for quantity in QUANTITIES
        }
        shares = {
            "never_enough": float((rows[NEEDED] == float("inf")).mean()),
            "unknown": float(rows[NEEDED].isna().mean()),
        }
        chains.append({**dict(zip(CHAIN, chain, strict=True)), **levels, **shares})

    def show(page: Page) -> None:
        page.line(model.title, style=BOLD)
        page.line(f"{model.name}: budget over {count(draws, 'draw')} from the ranges of its values")
        for chain in chains:
            page.heading(f"{chain['delivery']}: {chain['cargo']} -> {chain['target']}")
            rows = [(name, *(shown(chain[name][level]) for level in ("value", *LEVELS))) for name in QUANTITIES]
            page.table(("quantity", "value", "5 %", "median", "95 %"), rows)
        print()

    result = {"model": model.name, "draws": draws, "chains": chains, "sentences": sentences}
    return Outcome(result, show, remarks=sentences)
