"""Each programme of models/library/programmes.toml alone, between one level that raises it and one that lowers it."""

import numpy as np

from exokinetics import Parameter, Start, compose, ensemble, use
from exokinetics.catalogue.library import library_entries
from exokinetics.catalogue.value_records import read_value
from exokinetics.laws import LAWS
from exokinetics.model.parts import part_of
from exokinetics.model.values import fixed
from exokinetics.simulation.sampling import draw_table

GRADED = {
    "gene": "regulated_gene", "short_lived_factor": "regulated_gene", "self_repressing_factor": "regulated_gene",
    "notch": "notch_cleavage", "hedgehog": "hedgehog_gli", "toll_like_receptor": "toll_like_receptor",
    "cell_cycle": "cell_cycle", "apoptosis": "apoptosis", "survival": "cell_survival", "autophagy": "autophagy",
    "dna_methylation": "dna_methylation", "histone_demethylation": "histone_demethylation",
    "her2_under_trastuzumab": "receptor_under_drug", "er_under_tamoxifen": "receptor_under_drug",
    "glycolysis": "glycolysis", "mitochondrial_oxidation": "mitochondrial_oxidation",
}  # fmt: skip
SWITCHES = {
    "emt": "emt_switch", "fibroblast": "fibroblast_switch", "macrophage": "macrophage_switch",
    "stemness": "stemness_switch", "hormone_resistance": "resistance_switch",
}  # fmt: skip
PROGRAMMES = GRADED | SWITCHES
UPHELD = {f"{table}_upheld": law for table, law in SWITCHES.items()}


def values_of(table):
    """The value records of a table, by role."""
    issues = []
    roles = LAWS[(PROGRAMMES | UPHELD)[table]].roles
    entries = {key: entry for key, (entry, *_) in library_entries(f"programmes.{table}").items()}
    found = {
        key: read_value(entry, roles[key].unit, roles[key].distribution, "programmes.toml", key, issues)
        for key, entry in entries.items()
    }
    assert not issues, issues
    return found


def programme(table, **values):
    """The programme as the part `own`, raised by the constant `up` and lowered by the constant `down`, 1 at rest."""
    levels = [Parameter(id, "dimensionless", fixed(1.0, "dimensionless", "test")) for id in ("up", "down")]
    law = (PROGRAMMES | UPHELD)[table]
    own = use(law, "own", raised_by=["up"], lowered_by=["down"], **(values_of(table) | values))
    return compose(table, [own, part_of(parameters=levels)], start=Start(True, {"up": 1.0, "down": 1.0}))


def drawn(model, hours, draws=256, outputs=None, **inputs):
    """The last values of each output in draws from the ranges, from rest; inputs are `up` or `down`."""
    table = draw_table(model, draws, "sobol", 0, None).assign(**inputs)
    found = ensemble(model, [0.0, hours], draws=table, outputs=outputs or ["own.level"])
    return {name: np.asarray(found[name][:, -1]) for name in found.outputs}
