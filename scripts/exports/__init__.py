"""Every model as SBML in the simulators of others: how far they are from it."""
