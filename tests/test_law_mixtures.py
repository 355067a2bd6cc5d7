"""Random compositions of laws: whatever is wired to whatever, units hold, nothing falls below zero, mass is kept.

A mixture has donors and recipients, one or two media, a cargo with what it acts on, and any number of extras. Weights
put copies on one scale: a count per cell times the number of its cells, a total of a medium as it is.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from programme_models import PROGRAMMES
from tissue_models import MODULES

from exokinetics import Species, compose, simulate, use
from exokinetics.compiler import system_of
from exokinetics.expressions.code import build_function
from exokinetics.laws import LAWS, Law
from exokinetics.model.equations import rates
from exokinetics.model.values import fixed

DONORS, RECIPIENTS = 3e5, 7e4
# What a species holds of a moiety, by the last name of its id, or by law and last name; what is not named holds none.
IN_RISC = {"risc", "complex", "occupied", "held"}
HOLDS = {
    "vesicles": {"vesicles", "bound_vesicles", "tissue_vesicles"},
    "cargo": {"cargo", "bound_cargo", "tissue_cargo", "guide", "amount", "free_rna.free", *IN_RISC},
    "AGO2": {"ago2_pool.free", *IN_RISC},
}
# Conversions in which something else goes on and this is gone for good.
GONE = {"vesicles": (), "cargo": ("guide_loss", "spent_guide", "ago2_decay"), "AGO2": ("ago2_decay",)}


def rate(low=-3, high=1):
    return st.floats(low, high).map(lambda power: 10.0**power)


def share():
    return st.floats(0.01, 0.99)


def released(draw):
    law = draw(st.sampled_from(["constitutive_release", "pool_release"]))
    own = {"secretion": draw(rate(0, 2))}
    if law == "pool_release":
        own = {"biogenesis": draw(rate(0, 2)), "release": draw(rate()), "degradation": draw(rate())}
    return use(law, "donor", cells="donors", medium="dish", synthesis=draw(rate(0, 3)), cargo_decay=draw(rate()),
               sorting=draw(rate(-5, -1)), **own)  # fmt: skip


def media(draw):
    second = draw(st.sampled_from(["none", "flow", "barrier", "plasma"]))
    parts = [use("extracellular_decay", "dish", volume=2.0, decay=draw(rate()))]
    if second == "plasma":
        parts += [use("biexponential_plasma", "far", volume=3.0, fast=draw(rate()), slow=draw(rate()),
                      fast_share=draw(share()))]  # fmt: skip
    elif second != "none":
        parts += [use("extracellular_decay", "far", volume=0.5, decay=draw(rate()))]
    if second in ("flow", "plasma"):
        parts += [use("flow", "there", source="dish", target="far", flow=draw(rate()))]
        parts += [use("flow", "back", source="far", target="dish", flow=draw(rate()))]
    if second == "barrier":
        parts += [use("barrier", "wall", source="dish", target="far", closed=draw(rate()), opened=draw(rate()),
                      junction=draw(rate()), half=1.0, exponent=2.0)]  # fmt: skip
    if draw(st.booleans()):
        parts += [use("free_rna", "naked", medium="dish", leak=draw(rate()), decay=draw(rate()))]
    if draw(st.booleans()):
        parts += [use("medium_exchange", "fresh", medium="dish", exchange=draw(rate()))]
    return parts, ("dish" if second == "none" else draw(st.sampled_from(["dish", "far"])))


def taken_up(draw, medium, cargo):
    law = draw(st.sampled_from(["linear_uptake", "saturable_uptake", "surface_uptake"]))
    own = {
        "linear_uptake": {"clearance": draw(rate(-8, -5))},
        "saturable_uptake": {"maximum": draw(rate(0, 3)), "half_density": draw(rate(6, 9))},
        "surface_uptake": {"sites": draw(rate(0, 3)), "affinity": draw(rate(6, 9)), "association": draw(rate(-10, -7)),
                           "internalisation": draw(rate()), "recycling": draw(rate())},
    }[law]  # fmt: skip
    return [
        use(law, "uptake", cells="recipients", medium=medium, endosome="endosome", **own),
        use("endosome", "endosome", cells="recipients", medium=medium, guide=cargo, exit=draw(rate()),
            escape_fraction=draw(share()), recycling_fraction=draw(share())),
    ]  # fmt: skip


def silencing(draw):
    parts = [use("ago2_pool", "ago2", cells="recipients", total=draw(rate(1, 4)), decay=draw(rate()))]
    shared = {"cells": "recipients", "ago2": "ago2"}
    guides = ["mir", *(["other"] if draw(st.booleans()) else [])]
    for id in guides:
        parts += [use("guide_loading", id, synthesis=draw(rate(0, 2)), guide_decay=draw(rate()), loading=draw(rate()),
                      guide_loss=draw(rate()), **shared)]  # fmt: skip
    for index in range(draw(st.integers(1, 2))):
        gene, guide = f"gene_{index}", draw(st.sampled_from(guides))
        parts += [
            use("gene_expression", gene, cells="recipients", transcription=draw(rate(0, 2)), mrna_decay=draw(rate()),
                translation=draw(rate()), protein_decay=draw(rate())),
            use("target_binding", f"silencing_{index}", loading=guide, gene=gene, affinity=draw(rate()),
                association=draw(rate(0, 2)), sites=1.0, extra_decay=draw(rate()), translated_fraction=draw(share()),
                returned_fraction=draw(share()), directed_loss=draw(rate()), **shared),
        ]  # fmt: skip
    binding = {"loading": "mir", "affinity": draw(rate()), "association": draw(rate(0, 2)), **shared}
    extras = {
        "competing_sites": {"total": draw(rate(1, 4))},
        "sponge": {"synthesis": draw(rate(0, 2)), "decay": draw(rate()), "sites": 4.0},
        "anti_mir": {"decay": draw(rate()), "directed_loss": draw(rate())},
    }
    for law in draw(st.sets(st.sampled_from(sorted(extras)))):
        parts += [use(law, law, **binding, **extras[law])]
    return parts, "mir.guide"


def direct(draw):
    parts = [
        use("delivered_cargo", "protein", cells="recipients", synthesis=draw(rate(0, 2)), cargo_decay=draw(rate())),
        use("raised_activity", "level", turnover=draw(rate()), input="protein.amount", half="100 copy/cell",
            exponent=2.0, gain=draw(rate())),
        use("bistable_switch", "switch", input="level.level", half=2.0, exponent=4.0, basal=draw(rate()),
            drive=draw(rate()), feedback=draw(rate()), feedback_half=draw(share()), feedback_exponent=4.0,
            reversal=draw(rate())),
    ]  # fmt: skip
    return parts, "protein.amount"


def modulated(draw, parts):
    """Factors on processes picked at random, by a constant level."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole | part
    processes = draw(st.lists(st.sampled_from(sorted(whole.processes())), max_size=4, unique=True))
    for index, process in enumerate(processes):
        shared = {"process": process, "input": draw(rate()), "half": 1.0, "exponent": 2.0}
        yield use("activation", f"up_{index}", gain=draw(rate()), **shared)
        yield use("inhibition", f"down_{index}", effect=draw(share()), **shared)


@st.composite
def mixtures(draw):
    division = draw(st.sampled_from([0.0, 0.02]))
    outside, medium = media(draw)
    inside, cargo = draw(st.sampled_from([silencing, direct]))(draw)
    parts = [
        use("population", "donors", number=DONORS, division=division, volume=1600.0),
        use("population", "recipients", number=RECIPIENTS, division=draw(st.sampled_from([0.0, 0.03])), volume=1600.0),
        released(draw), *outside, *taken_up(draw, medium, cargo), *inside,
    ]  # fmt: skip
    parts += modulated(draw, parts)
    return draw(st.permutations(parts))


def weight(model, id, moiety):
    """How much of a moiety one of a species is, on the scale of the whole."""
    part, _, last = id.rpartition(".")
    if not {last, f"{model.whole.mechanisms[part].law}.{last}"} & HOLDS[moiety]:
        return 0.0
    per_cell = "/cell" in model.unit(id)
    return 1.0 if not per_cell else DONORS if part == "donor" else RECIPIENTS


def weighted(model, reaction, moiety):
    return sum(weight(model, species, moiety) * change for species, change in reaction.changes)


def keeps(id, reaction, moiety):
    """Whether a reaction only moves things or turns them into each other."""
    return reaction.flow in ("conversion", "transfer") and id.rpartition(".")[2] not in GONE[moiety]


@settings(max_examples=60)
@given(mixtures(), st.integers(0, 10**6))
def test_no_process_of_a_mixture_makes_or_loses_anything_in_passing(parts, seed):
    model = compose("mixture", parts)  # units, references and ids: compose() raises on any issue
    system, rows = system_of(model), rates(model.whole)
    state = 10.0 ** np.random.default_rng(seed).uniform(-2, 4, len(model.species))
    evaluate = build_function(list(rows.values()), {"x": system.states, "p": system.inputs})
    speeds = dict(zip(rows, evaluate(state.tolist(), system.defaults.tolist()), strict=True))
    for moiety in HOLDS:
        amounts = {}
        for id, reaction in model.whole.reactions.items():
            if keeps(id, reaction, moiety):
                amount = weighted(model, reaction, moiety) * speeds[id]
                amounts.setdefault(reaction.process or id, []).append(amount)
        for process, parts_of_it in amounts.items():
            # a handful of roundings
            assert abs(sum(parts_of_it)) <= 1e-13 * sum(map(abs, parts_of_it)), (moiety, process)


@settings(max_examples=25)
@given(mixtures())
def test_a_mixture_stays_non_negative_and_balances(parts):
    model = compose("mixture", parts)
    tallies, reactions = {}, {}
    for id, reaction in model.whole.reactions.items():
        tally, unit = f"tally.{id.replace('.', '_')}", model.unit(reaction.changes[0][0])
        tallies[tally] = Species(tally, unit, fixed(0.0, unit, "nothing has happened yet"))
        reactions[id] = replace(reaction, changes=(*reaction.changes, (tally, 1.0)))
    whole = replace(model.whole, species=model.whole.species | tallies, reactions=reactions)
    run = simulate(compose("tallied", [whole]), np.linspace(0.0, 48.0, 9), method="bdf", strict=True)
    for id in model.species:
        assert run[id].min() >= -1e-6 * run[id].max() - 1e-9, id  # the relative tolerance of the run, and rounding
    for moiety in HOLDS:
        total = sum(weight(model, id, moiety) * run[id] for id in model.species)
        exchanged = np.zeros_like(total)
        for id, reaction in model.whole.reactions.items():
            if not keeps(id, reaction, moiety):
                exchanged += weighted(model, reaction, moiety) * run[f"tally.{id.replace('.', '_')}"]
        # the method keeps linear sums of states, so what remains is rounding in what was made and lost
        scale = np.abs(total).max() + np.abs(exchanged).max()
        np.testing.assert_allclose(total - exchanged, total[0], rtol=0, atol=1e-9 * scale)


@settings(max_examples=10)
@given(mixtures(), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_of_a_mixture_does_not_matter(parts, random):
    shuffled = list(parts)
    random.shuffle(shuffled)
    assert compose("mixture", shuffled).whole == compose("mixture", parts).whole


def test_the_mixtures_try_every_law_that_moves_copies_or_vesicles():
    tried = set()

    @settings(max_examples=100)
    @given(mixtures())
    def gather(parts):
        tried.update(item.law for part in parts for item in part.mechanisms.values())

    gather()
    # what stands alone has its balance tested against a solution
    solved = {
        "pi3k_akt", "mtorc1", "raf_erk", "stat_socs", "nf_kb", "tgf_beta_smad", "wnt_beta_catenin", "hif_phd",
        "fak_src", "rhoa_cycle", "hippo_yap",
        "growing_population", "receptor_uptake", "phosphoinositides", "akt_cycle", "jak_stat", "homing", "depot",
        "secreted_factor", "dosed_compound", "protein_dose", "hill_repression", "relative_level", "relative_switch",
        "further_cargo", "ligand_binding", "endosomal_sensing", "bridge", "drug_in_cell", "own_microrna",
        "derepressed_gene", "supplied_compound", "receptor_cycling", "phosphorylation_cycle",
    }  # fmt: skip
    silent = {
        "loaded_subpopulation", "particle_count", "qpcr", "blot", "action", "marker_assay", "marker_per_vesicle",
        "marker_call",
    }  # observables alone  # fmt: skip
    # levels relative to rest, in test_programme_modules.py and test_tissue_modules.py
    programmes = {*PROGRAMMES.values(), *MODULES.values()}
    assert tried | solved | silent | programmes == {name for name, law in LAWS.items() if isinstance(law, Law)}
    files = ("test_law_solutions.py", "test_conservation.py", "test_rbd_fit.py", "test_relative_levels.py",
             "test_markers.py", "test_signalling_modules.py", "test_ligands_and_drugs.py",
             "test_receptor_cycling.py", "test_phosphorylation_cycle.py")  # fmt: skip
    texts = "".join((Path(__file__).parent / name).read_text("utf-8") for name in files)
    assert all(f'"{name}"' in texts for name in solved | silent)
