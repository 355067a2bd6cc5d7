"""What each law of the programmes says of the rate of a species: the rows of test_law_signs.py for them."""

RISES, FALLS, NOTHING = 1, -1, 0
UP, DOWN = "stub_raised_by.first", "stub_lowered_by.second"


def driven(species, sign=RISES):
    """A species whose rate follows the drive."""
    return [(species, UP, sign), (species, DOWN, -sign)]


PROGRAMME_SIGNS = {
    "regulated_gene": [
        *driven("own.mrna"), ("own.mrna", "own.level", FALLS), ("own.level", "own.mrna", RISES),
        ("own.level", UP, NOTHING),
    ],
    "notch_cleavage": [
        *driven("own.level"), *driven("own.notch", FALLS), ("own.level", "own.notch", RISES),
        ("own.notch", "own.level", NOTHING),
    ],
    "hedgehog_gli": [
        *driven("own.level"), ("own.level", "own.ptch1", FALLS), ("own.ptch1", "own.level", RISES),
        ("own.level", "own.feedback", RISES),  # with less PTCH1 than at rest
    ],
    "toll_like_receptor": [
        *driven("own.level"), ("own.level", "own.a20", FALLS), ("own.a20", "own.level", RISES),
        ("own.il_6", "own.level", RISES), ("own.il_6", "own.a20", NOTHING),
    ],
    "cell_cycle": [
        *driven("own.cyclin_d"), ("own.level", "own.cyclin_d", RISES), ("own.level", "own.p27", FALLS),
        ("own.p27", "own.level", FALLS), ("own.p27", "own.cyclin_d", NOTHING),
    ],
    "apoptosis": [
        *driven("own.pores"), ("own.level", "own.pores", RISES), ("own.level", "own.xiap", FALLS),
        ("own.xiap", "own.level", FALLS),
    ],
    "cell_survival": [
        *driven("own.pores", FALLS), ("own.caspase", "own.pores", RISES), ("own.caspase", "own.xiap", FALLS),
        ("own.xiap", "own.caspase", FALLS),
    ],
    "autophagy": [
        *driven("own.atg"), ("own.autophagosomes", "own.atg", RISES),
        ("own.autophagosomes", "own.nutrient_feedback", RISES),  # with less flux than at rest
    ],
    "dna_methylation": [
        *driven("own.full"), *driven("own.bare", FALLS), ("own.full", "own.half", RISES),
        ("own.half", "own.full", RISES), ("own.bare", "own.half", RISES), ("own.bare", "own.preference", RISES),
    ],
    "histone_demethylation": [
        *driven("own.open"), *driven("own.marked", FALLS), ("own.level", "own.open", RISES),
        ("own.level", "own.marked", NOTHING),
    ],
    "receptor_under_drug": [
        *driven("own.receptor"), ("own.level", "own.receptor", RISES),
        # less than the receptor of a sensitive cell matters the more the less of it is free of the drug
        ("own.level", "own.drug", FALLS), ("own.level", "own.ligand", RISES),
    ],
    "resistance_switch": [
        *driven("own.bypass"), ("own.share", "own.bypass", RISES), ("own.share", "own.upkeep", RISES),
        ("own.share", "own.threshold", FALLS), ("own.bypass", "own.share", NOTHING),
    ],
    "glycolysis": [
        *driven("own.enzymes"), ("own.glucose", "own.enzymes", RISES), ("own.glucose", "own.atp", RISES),
        ("own.atp", "own.glucose", RISES), ("own.atp", "own.enzymes", RISES),
    ],
    "mitochondrial_oxidation": [
        *driven("own.enzymes"), ("own.fuel", "own.enzymes", RISES), ("own.fuel", "own.fuel", FALLS),
    ],
    "emt_switch": [
        *driven("own.snail"), ("own.share", "own.snail", RISES), ("own.share", "own.mir_200", FALLS),
        ("own.mir_200", "own.share", FALLS), ("own.share", "own.threshold", FALLS),
    ],
    "fibroblast_switch": [
        *driven("own.share"), ("own.share", "own.tgf_beta", RISES), ("own.tgf_beta", "own.share", RISES),
        ("own.share", "own.reversal", FALLS),
    ],
    "macrophage_switch": [
        *driven("own.share"), ("own.share", "own.m1", FALLS), ("own.m1", "own.share", FALLS), ("own.m1", UP, NOTHING),
    ],
    "stemness_switch": [
        *driven("own.oct4_sox2"), ("own.oct4_sox2", "own.share", RISES), ("own.share", "own.oct4_sox2", RISES),
        ("own.share", UP, NOTHING),
    ],
}  # fmt: skip
