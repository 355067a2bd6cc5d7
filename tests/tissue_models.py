"""Each module of models/library/tissues.toml alone, between one level that raises it and one that lowers it."""

import numpy as np

from exokinetics import Parameter, Start, compose, ensemble, use
from exokinetics.catalogue.library import library_entries
from exokinetics.catalogue.value_records import read_value
from exokinetics.laws import LAWS
from exokinetics.model.parts import part_of
from exokinetics.model.values import fixed
from exokinetics.simulation.sampling import draw_table

TISSUES = {
    "vessels": "vessel_growth", "junctions": "junction_assembly", "permeability": "barrier_permeability",
    "protease": "matrix_protease", "matrix": "matrix_density", "t_cells": "exhausted_t_cells",
    "killing": "t_cell_killing", "tumour": "tumour_under_attack", "myeloid": "myeloid_recruitment",
    "dendritic_cells": "dendritic_maturation", "priming": "t_cell_priming", "niche": "niche_formation",
    "colonies": "colonisation", "resorption": "bone_resorption", "drug_content": "drug_content",
    "drug_efflux": "drug_efflux", "drug_kill": "drug_kill", "drug_survivors": "drug_survivors",
}  # fmt: skip
# the two laws of the cells of bone share a table
BONE = {"osteoclasts": "osteoclast_formation", "osteoblasts": "osteoblast_formation"}
MODULES = TISSUES | BONE


def table_of(module):
    return "bone" if module in BONE else module


def values_of(module):
    """The value records of the table of a module, by role."""
    issues = []
    roles = LAWS[MODULES[module]].roles
    entries = {key: entry for key, (entry, *_) in library_entries(f"tissues.{table_of(module)}").items()}
    found = {
        key: read_value(entry, roles[key].unit, roles[key].distribution, "tissues.toml", key, issues)
        for key, entry in entries.items()
    }
    assert not issues, issues
    return found


def module_alone(module):
    """The module as the part `own`, raised by the constant `up` and lowered by the constant `down`, 1 at rest."""
    levels = [Parameter(id, "dimensionless", fixed(1.0, "dimensionless", "test")) for id in ("up", "down")]
    own = use(MODULES[module], "own", raised_by=["up"], lowered_by=["down"], **values_of(module))
    return compose(module, [own, part_of(parameters=levels)], start=Start(True, {"up": 1.0, "down": 1.0}))


def drawn(model, hours, draws=256, outputs=None, **inputs):
    """The last values of each output in draws from the ranges, from rest; inputs are `up` or `down`."""
    table = draw_table(model, draws, "sobol", 0, None).assign(**inputs)
    found = ensemble(model, [0.0, hours], draws=table, outputs=outputs or ["own.level"])
    return {name: np.asarray(found[name][:, -1]) for name in found.outputs}
