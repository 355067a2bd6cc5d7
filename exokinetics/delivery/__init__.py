"""The stoichiometry of a delivery: what cells receive through vesicles, against what it takes to matter."""

from exokinetics.delivery.budgets import budget, budget_sentences, nominal_budget
from exokinetics.delivery.chains import chains

__all__ = ["budget", "budget_sentences", "chains", "nominal_budget"]
