"""The compositions: laws that always go together, so that a model file stays short."""

from __future__ import annotations

from exokinetics.laws.composition import composition, step

composition(
    "vesicle_delivery",
    """Donor cells make a cargo, release it in vesicles and recipient cells take them up: constitutive release, linear
    uptake, escape from the endosome. The cargo ends in the species `delivered_to`, be it the guide of a microRNA or a
    protein that acts as it is.""",
    {
        "release": step("constitutive_release", cells="donor"),
        "uptake": step("linear_uptake", cells="recipient", endosome=".endosome"),
        "endosome": step("endosome", cells="recipient", guide="delivered_to"),
    },
    donor="the cells that release the vesicles",
    recipient="the cells that take them up",
    delivered_to="the species that cargo becomes when it escapes the endosome",
)
composition(
    "argonaute",
    """The AGO2 of a cell with all guides that the model does not name: they fill most of it, and what is delivered has
    to compete with them.""",
    {"": step("ago2_pool"), "others": step("guide_loading", ago2=".")},
)
composition(
    "microrna",
    """A microRNA of the recipient: its guide, the RISC that it forms, and the many other sites that hold that RISC.""",
    {"": step("guide_loading"), "competition": step("competing_sites", loading=".")},
)
composition(
    "repressed_gene",
    """A gene whose mRNA a microRNA binds: expression, and binding with faster decay and slower translation.""",
    {"": step("gene_expression"), "silencing": step("target_binding", gene=".")},
)
composition(
    "raised_activity",
    """A level that one input raises, 1 without it: the edge of a lumped pathway, or the output of a cell.""",
    {"": step("activity"), "edge": step("activation", process=".production")},
)
composition(
    "lowered_activity",
    """A level that one input lowers, 1 without it: the edge of a lumped pathway, or a marker that is lost.""",
    {"": step("activity"), "edge": step("inhibition", process=".production")},
)
