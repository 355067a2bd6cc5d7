"""The direction in which each rate moves, law by law: what biology says, and what a law must not touch."""

import numpy as np
import pytest
from law_stubs import filled_in
from programme_signs import PROGRAMME_SIGNS

from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.expressions.derivative import derivative
from exokinetics.laws import LAWS, Law
from exokinetics.model.equations import odes, rates

RISES, FALLS, NOTHING = 1, -1, 0
SIGNS = {
    "growing_population": [
        ("own.number", "own.growth", RISES), ("own.number", "own.death", FALLS), ("own.number", "own.capacity", RISES),
    ],
    "constitutive_release": [
        ("stub_medium.vesicles", "own.secretion", RISES), ("stub_medium.cargo", "own.sorting", RISES),
        ("own.guide", "own.sorting", FALLS), ("stub_medium.vesicles", "own.sorting", NOTHING),
        ("stub_medium.vesicles", "stub_cells.number", RISES), ("own.guide", "stub_cells.division", FALLS),
    ],
    "pool_release": [
        ("own.cargo", "own.sorting", RISES), ("own.guide", "own.sorting", FALLS),
        ("stub_medium.vesicles", "own.release", RISES), ("own.vesicles", "own.degradation", FALLS),
        ("own.vesicles", "stub_cells.division", FALLS), ("stub_medium.cargo", "own.biogenesis", NOTHING),
    ],
    "extracellular_decay": [("own.cargo", "own.decay", FALLS), ("own.vesicles", "own.decay", FALLS)],
    "free_rna": [
        ("own.free", "own.leak", RISES), ("stub_medium.cargo", "own.leak", FALLS), ("own.free", "own.decay", FALLS),
    ],
    "medium_exchange": [
        ("stub_medium.vesicles", "own.exchange", FALLS), ("stub_medium.cargo", "stub_medium.volume", RISES),
    ],
    "flow": [
        ("stub_target.vesicles", "own.flow", RISES), ("stub_source.cargo", "own.flow", FALLS),
        ("stub_target.cargo", "stub_source.volume", FALLS), ("stub_source.cargo", "stub_target.volume", NOTHING),
    ],
    "biexponential_plasma": [
        ("own.cargo", "own.tissue_cargo", RISES), ("own.tissue_vesicles", "own.tissue_vesicles", FALLS),
    ],
    "barrier": [
        ("stub_target.vesicles", "stub_source.vesicles", RISES),
        ("stub_target.vesicles", "stub_target.vesicles", FALLS),
    ],
    "homing": [
        ("stub_target.vesicles", "own.ligand", RISES), ("stub_elsewhere.cargo", "own.ligand", FALLS),
        ("stub_target.cargo", "own.fraction", RISES),
        ("stub_source.cargo", "own.exit", FALLS), ("stub_target.vesicles", "own.preference", RISES),
    ],
    "linear_uptake": [
        ("stub_endosome.vesicles", "own.clearance", RISES), ("stub_endosome.cargo", "stub_medium.volume", FALLS),
        ("stub_medium.vesicles", "stub_cells.number", FALLS),
    ],
    "saturable_uptake": [
        ("stub_endosome.vesicles", "own.maximum", RISES), ("stub_endosome.vesicles", "own.half_density", FALLS),
        ("stub_endosome.vesicles", "stub_medium.vesicles", RISES),
        ("stub_endosome.cargo", "stub_medium.vesicles", FALLS),  # more vesicles share the route
    ],
    "surface_uptake": [
        ("own.bound_vesicles", "own.affinity", FALLS), ("own.bound_vesicles", "stub_medium.vesicles", RISES),
        ("stub_endosome.cargo", "own.internalisation", RISES), ("own.free_sites", "own.recycling", RISES),
        ("own.free_sites", "stub_medium.vesicles", FALLS), ("own.bound_vesicles", "own.free_sites", RISES),
    ],
    "endosome": [
        ("stub_guide.it", "own.escape_fraction", RISES), ("stub_medium.cargo", "own.escape_fraction", FALLS),
        ("stub_medium.cargo", "own.recycling_fraction", RISES), ("own.vesicles", "own.exit", FALLS),
    ],
    "ago2_pool": [("own.free", "own.total", RISES)],
    "guide_loading": [
        ("own.risc", "own.guide", RISES), ("own.risc", "stub_ago2.free", RISES),
        ("stub_ago2.free", "own.guide_loss", RISES), ("own.guide", "own.synthesis", RISES),
        ("stub_ago2.free", "own.guide", FALLS),
    ],
    "target_binding": [
        ("stub_gene.mrna", "stub_loading.risc", FALLS), ("own.complex", "own.affinity", FALLS),
        ("stub_gene.mrna", "own.extra_decay", NOTHING),  # only the bound mRNA decays faster
        ("own.complex", "own.extra_decay", FALLS), ("stub_gene.protein", "own.translated_fraction", RISES),
        ("stub_loading.risc", "own.returned_fraction", RISES), ("stub_ago2.free", "own.returned_fraction", FALLS),
        ("stub_ago2.free", "own.directed_loss", RISES), ("own.complex", "own.directed_loss", FALLS),
        ("stub_gene.mrna", "own.directed_loss", RISES),
    ],
    "competing_sites": [("stub_loading.risc", "own.total", FALLS), ("stub_loading.risc", "own.affinity", RISES)],
    "sponge": [
        ("own.free", "own.synthesis", RISES), ("stub_loading.risc", "own.free", FALLS),
        ("own.free", "own.decay", FALLS), ("stub_loading.risc", "own.decay", RISES),
    ],
    "anti_mir": [
        ("stub_loading.risc", "own.free", FALLS), ("own.held", "own.directed_loss", FALLS),
        ("stub_ago2.free", "own.directed_loss", RISES), ("own.free", "own.directed_loss", RISES),
    ],
    "gene_expression": [("own.protein", "own.mrna", RISES), ("own.mrna", "own.mrna_decay", FALLS)],
    "delivered_cargo": [("own.amount", "own.synthesis", RISES), ("own.amount", "own.cargo_decay", FALLS)],
    "phosphoinositides": [
        ("own.pip3", "stub_pten.it", FALLS), ("own.pi34p2", "stub_pten.it", FALLS),
        ("own.pip2", "stub_pten.it", RISES), ("own.pi34p2", "own.pip3", RISES),
        ("own.pip3", "own.phosphorylation", RISES), ("own.pi34p2", "own.ship2", RISES),
        ("own.pip3", "own.ship2", FALLS), ("own.pi34p2", "own.inpp4", FALLS),
    ],
    "akt_cycle": [
        ("own.active", "stub_pip3.it", RISES), ("own.active", "own.half_pip3", FALLS),
        ("own.active", "own.dephosphorylation", FALLS),
    ],
    "jak_stat": [
        ("own.active", "own.cytokine", RISES), ("own.active", "own.protein", FALLS), ("own.mrna", "own.active", RISES),
        ("own.protein", "own.mrna", RISES), ("own.active", "own.socs_half", RISES),
    ],
    "pi3k_akt": [
        ("own.pip3", "stub_raised_by.first", RISES), ("own.pip3", "stub_lowered_by.first", FALLS),
        ("own.pi34p2", "stub_lowered_by.second", FALLS), ("own.pi34p2", "own.pip3", RISES),
        ("own.level", "own.pip3", RISES), ("own.level", "own.pi34p2", RISES), ("own.s6k", "own.level", RISES),
        ("own.pip3", "own.s6k", FALLS), ("own.level", "stub_raised_by.first", NOTHING),
    ],
    "mtorc1": [
        ("own.rheb", "stub_raised_by.first", RISES), ("own.rheb", "stub_lowered_by.first", FALLS),
        ("own.level", "own.rheb", RISES), ("own.s6k", "own.level", RISES), ("own.rheb", "own.s6k", FALLS),
    ],
    "raf_erk": [
        ("own.raf", "stub_raised_by.first", RISES), ("own.raf", "stub_lowered_by.first", FALLS),
        ("own.raf", "own.level", FALLS), ("own.level", "own.raf", RISES), ("own.level", "own.dusp", FALLS),
        ("own.dusp", "own.level", RISES),
    ],
    "stat_socs": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.level", "own.socs", FALLS), ("own.mrna", "own.level", RISES), ("own.socs", "own.mrna", RISES),
    ],
    "nf_kb": [
        ("own.ikba", "stub_raised_by.first", FALLS), ("own.ikba", "stub_lowered_by.first", RISES),
        ("own.level", "own.ikba", FALLS), ("own.mrna", "own.level", RISES), ("own.ikba", "own.mrna", RISES),
    ],
    "tgf_beta_smad": [
        ("own.receptor", "stub_raised_by.first", RISES), ("own.receptor", "stub_lowered_by.first", FALLS),
        ("own.level", "own.receptor", RISES), ("own.smad7", "own.level", RISES), ("own.receptor", "own.smad7", FALLS),
    ],
    "wnt_beta_catenin": [
        ("own.complex", "stub_raised_by.first", FALLS), ("own.complex", "stub_lowered_by.first", RISES),
        ("own.level", "own.complex", FALLS), ("own.axin", "own.level", RISES), ("own.complex", "own.axin", RISES),
    ],
    "hif_phd": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.level", "own.phd", FALLS), ("own.phd", "own.level", RISES),
    ],
    "fak_src": [
        ("own.fak", "stub_raised_by.first", RISES), ("own.fak", "stub_lowered_by.first", FALLS),
        ("own.fak", "own.level", RISES), ("own.level", "own.fak", RISES),
    ],
    "rhoa_cycle": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.level", "own.myosin", FALLS), ("own.myosin", "own.level", RISES),
    ],
    "hippo_yap": [
        ("own.lats", "stub_raised_by.first", FALLS), ("own.lats", "stub_lowered_by.first", RISES),
        ("own.level", "own.lats", FALLS), ("own.lats2", "own.level", RISES), ("own.lats", "own.lats2", RISES),
    ],
    "vessel_growth": [
        ("own.receptor", "stub_raised_by.first", RISES), ("own.receptor", "stub_lowered_by.first", FALLS),
        ("own.level", "own.receptor", RISES), ("own.level", "own.level", FALLS),
    ],
    "junction_assembly": [
        ("own.surface", "stub_raised_by.first", RISES), ("own.level", "own.surface", RISES),
        ("own.level", "stub_lowered_by.first", FALLS),
    ],
    "barrier_permeability": [
        ("own.surface", "stub_lowered_by.first", RISES), ("own.junctions", "own.surface", RISES),
        ("own.junctions", "stub_raised_by.first", FALLS),
    ],
    "matrix_protease": [
        ("own.latent", "stub_raised_by.first", RISES), ("own.level", "own.latent", RISES),
        ("own.level", "stub_lowered_by.first", FALLS),
    ],
    "matrix_density": [
        ("own.new", "stub_raised_by.first", RISES), ("own.new", "stub_lowered_by.first", FALLS),
        ("own.level", "own.new", RISES), ("own.level", "stub_lowered_by.first", FALLS),
    ],
    "exhausted_t_cells": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.effectors", "stub_raised_by.first", FALLS), ("own.level", "own.effectors", RISES),
    ],
    "t_cell_killing": [
        ("own.effectors", "stub_raised_by.first", RISES), ("own.effectors", "stub_lowered_by.first", FALLS),
        ("own.exhausted", "stub_lowered_by.first", RISES),
    ],
    "tumour_under_attack": [
        ("own.level", "stub_raised_by.first", RISES), ("own.killers", "stub_lowered_by.first", RISES),
        ("own.level", "own.killers", FALLS),
    ],
    "myeloid_recruitment": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.pool", "stub_raised_by.first", FALLS), ("own.level", "own.pool", RISES),
    ],
    "dendritic_maturation": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.immature", "stub_raised_by.first", FALLS), ("own.level", "own.immature", RISES),
    ],
    "t_cell_priming": [
        ("own.antigen", "stub_raised_by.first", RISES), ("own.antigen", "stub_lowered_by.first", FALLS),
        ("own.level", "own.antigen", RISES),
    ],
    "niche_formation": [
        ("own.recruited", "stub_raised_by.first", RISES), ("own.recruited", "stub_lowered_by.first", FALLS),
        ("own.level", "own.recruited", RISES),
    ],
    "colonisation": [
        ("own.seeded", "stub_raised_by.first", RISES), ("own.seeded", "stub_lowered_by.first", FALLS),
        ("own.level", "own.seeded", RISES),
    ],
    "osteoclast_formation": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.osteoblasts", "own.precursors", RISES), ("own.level", "own.osteoblasts", FALLS),
    ],
    "osteoblast_formation": [
        ("own.precursors", "stub_raised_by.first", RISES), ("own.precursors", "stub_lowered_by.first", FALLS),
        ("own.level", "own.precursors", RISES), ("own.osteoclasts", "own.level", FALLS),
    ],
    "bone_resorption": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.first", FALLS),
        ("own.level", "own.formation", FALLS), ("own.formation", "own.level", RISES),
    ],
    "drug_content": [
        ("own.level", "stub_raised_by.first", RISES), ("own.pump", "stub_lowered_by.first", RISES),
        ("own.level", "own.pump", FALLS),
    ],
    "drug_efflux": [
        ("own.pump", "stub_raised_by.first", RISES), ("own.pump", "stub_lowered_by.first", FALLS),
        ("own.drug", "own.pump", FALLS),
    ],
    "drug_kill": [("own.pump", "stub_lowered_by.first", RISES), ("own.drug", "own.pump", FALLS)],
    "drug_survivors": [
        ("own.pump", "stub_raised_by.first", RISES), ("own.pump", "stub_lowered_by.first", FALLS),
        ("own.drug", "own.pump", FALLS), ("own.level", "own.drug", FALLS),
    ],
    "ligand_binding": [
        ("own.bound", "stub_medium.cargo", RISES), ("own.bound", "stub_medium.volume", FALLS),
        ("own.free", "stub_medium.cargo", FALLS), ("own.bound", "own.affinity", FALLS),
        ("own.bound", "own.turnover", FALLS), ("own.bound", "stub_medium.vesicles", NOTHING),
    ],
    "endosomal_sensing": [
        ("own.bound", "stub_ligand.it", RISES), ("own.free", "stub_ligand.it", FALLS),
        ("own.bound", "own.affinity", FALLS),
    ],
    "bridge": [
        ("own.bridged", "stub_first.occupancy", RISES), ("own.bridged", "stub_second.free_level", RISES),
        ("own.bridged", "own.separation", FALLS),
    ],
    "drug_in_cell": [
        ("own.amount", "own.pump", FALLS), ("own.amount", "own.pump_half", RISES), ("own.outside", "own.leak", RISES),
        ("own.amount", "own.entry", RISES), ("own.outside", "own.entry", FALLS), ("own.outside", "own.pump", RISES),
        ("own.amount", "own.inactivation", FALLS), ("own.outside", "own.inactivation", NOTHING),
    ],
    "own_microrna": [("own.risc", "own.loaded", RISES), ("own.risc", "own.risc", FALLS)],
    "derepressed_gene": [("own.mrna", "stub_lowered_by.first", FALLS), ("own.level", "own.mrna", RISES)],
    "activity": [("own.level", "own.level", FALLS)],
    "bistable_switch": [
        ("own.share", "own.input", RISES), ("own.share", "own.half", FALLS), ("own.share", "own.feedback", RISES),
        ("own.share", "own.reversal", FALLS),
    ],
    "secreted_factor": [
        ("own.amount", "stub_cells.number", RISES), ("own.amount", "own.secretion", RISES),
        ("own.amount", "own.decay", FALLS),
    ],
    "depot": [
        ("own.amount", "own.loss", FALLS), ("own.amount", "own.release", FALLS), ("stub_into.it", "own.release", RISES),
        ("stub_into.it", "own.loss", NOTHING),
    ],
    "dosed_compound": [("own.concentration", "own.decay", FALLS)],
    "supplied_compound": [("own.concentration", "own.input", RISES)],
    "protein_dose": [
        ("stub_medium.vesicles", "own.protein", RISES), ("stub_medium.cargo", "own.copies_per_vesicle", RISES),
        ("stub_medium.vesicles", "own.copies_per_vesicle", NOTHING),
        ("stub_medium.vesicles", "own.vesicles_per_protein", RISES),
        ("own.protein", "own.vesicles_per_protein", NOTHING),
    ],
    "further_cargo": [
        ("own.cargo", "own.sorting", RISES), ("own.guide", "own.sorting", FALLS),
        ("own.cargo", "stub_medium.decay", FALLS), ("own.cargo", "stub_cells.number", RISES),
    ],
    "relative_level": [
        ("own.level", "stub_raised_by.first", RISES), ("own.level", "stub_lowered_by.second", FALLS),
    ],
    "relative_switch": [
        ("own.share", "stub_raised_by.second", RISES), ("own.share", "stub_lowered_by.first", FALLS),
        ("own.share", "own.threshold", FALLS), ("own.share", "own.feedback", RISES),
        ("own.share", "own.reversal", FALLS), ("own.share", "own.output", NOTHING),
    ],
    "receptor_uptake": [
        ("own.bound", "own.ligand", RISES), ("own.bound", "own.affinity", FALLS),
        ("own.ligand", "own.recycling", RISES),
    ],
    "phosphorylation_cycle": [
        ("own.active", "own.kinase", RISES), ("own.active", "own.half_kinase", FALLS),
        ("own.active", "own.dephosphorylation", FALLS), ("own.active", "own.phosphorylation", RISES),
        ("own.inactive", "own.kinase", FALLS),
    ],
    "receptor_cycling": [
        ("own.bound", "own.ligand", RISES), ("own.bound", "own.affinity", FALLS),
        ("own.inner", "own.internalisation", RISES), ("own.free", "own.recycling", RISES),
        ("own.left_inside", "own.unloading", RISES), ("own.left_inside", "own.degradation", FALLS),
        ("own.inside", "own.recycling", NOTHING),
    ],
}  # fmt: skip
SIGNS |= PROGRAMME_SIGNS
ROWS = [(law, *row) for law, rows in SIGNS.items() for row in rows]

FACTORS = [
    ("activation", "stub_process.it", "own.input", RISES), ("activation", "stub_process.it", "own.half", FALLS),
    ("activation", "stub_process.it", "own.gain", RISES), ("inhibition", "stub_process.it", "own.input", FALLS),
    ("inhibition", "stub_process.it", "own.half", RISES), ("inhibition", "stub_process.it", "own.effect", FALLS),
    ("hill_repression", "stub_gene.mrna_decay", "own.input", RISES),
    ("hill_repression", "stub_gene.translation", "own.input", FALLS),
    ("hill_repression", "stub_gene.mrna_decay", "own.extra_decay", RISES),
    ("hill_repression", "stub_gene.translation", "own.translated_fraction", RISES),
    ("hill_repression", "stub_gene.mrna_decay", "own.translated_fraction", NOTHING),
]  # fmt: skip


def test_every_law_with_rates_has_its_signs_here():
    silent = {
        "population",
        "loaded_subpopulation",
        "particle_count",
        "qpcr",
        "blot",
        "action",
        "marker_assay",
        "marker_per_vesicle",
        "marker_call",
    }  # no reactions of their own
    factors = {law for law, *_ in FACTORS}
    assert SIGNS.keys() | factors | silent == {name for name, law in LAWS.items() if isinstance(law, Law)}


def slopes(model, expression, by):
    system = system_of(model)
    slope = build_function([derivative(expression, by)], {"x": system.states, "p": system.inputs})
    for state in np.random.default_rng(5).uniform(0.1, 0.9, (5, len(system.states))):
        yield slope(state.tolist(), system.defaults.tolist())[0]


@pytest.mark.parametrize(("name", "species", "by", "sign"), ROWS)
def test_rates_move_the_way_that_biology_says(name, species, by, sign):
    model = filled_in(name)
    for found in slopes(model, odes(model.whole)[species], by):
        assert found == 0 if sign == NOTHING else found * sign > 0


@pytest.mark.parametrize(("name", "process", "by", "sign"), FACTORS)
def test_factors_move_the_way_that_biology_says(name, process, by, sign):
    model = filled_in(name)
    for found in slopes(model, rates(model.whole)[process], by):
        assert found == 0 if sign == NOTHING else found * sign > 0
