"""Terms of the Systems Biology Ontology (SBO) for what a file holds, as the ontology of 2021 and later names them."""

from __future__ import annotations

from exokinetics.errors import WrongInput
from exokinetics.model.parts import Flow, Parameter, Species
from exokinetics.sbml.layout import Place
from exokinetics.units import DIMENSIONLESS, same_dimension, same_unit, unit

FRAMEWORK = "SBO:0000293"  # non-spatial continuous framework
EXPRESSION = "SBO:0000064"  # mathematical expression
RATE_LAW = "SBO:0000001"
REACTANT, PRODUCT, MODIFIER = "SBO:0000010", "SBO:0000011", "SBO:0000019"
PHYSICAL_COMPARTMENT, IMPLICIT_COMPARTMENT = "SBO:0000290", "SBO:0000410"
QUANTITY = "SBO:0000002"  # quantitative systems description parameter
KINETIC_CONSTANT, HILL_COEFFICIENT = "SBO:0000009", "SBO:0000190"
OCCURRENCE = "SBO:0000231"  # occurring entity representation

MATERIAL = "SBO:0000240"  # material entity, of which libSBML wants a species to be one
# what the laws of this package call a species, behind the last dot; messenger RNA is no material entity of SBO
_SPECIES = {
    "mrna": "SBO:0000250",  # ribonucleic acid
    "protein": "SBO:0000245",  # macromolecule
    "risc": "SBO:0000296", "complex": "SBO:0000296",  # macromolecular complex
}  # fmt: skip
_FLOWS: dict[Flow, str] = {
    "synthesis": "SBO:0000393",  # production
    "loss": "SBO:0000179",  # degradation
    "transfer": "SBO:0000185",  # translocation reaction
    "conversion": "SBO:0000182",
}


def species_term(item: Species, place: Place) -> str:
    """The term of a species, from its name; none for a level without a unit, which is no amount of anything."""
    if same_unit(place.substance, DIMENSIONLESS):
        return ""
    return _SPECIES.get(item.id.rpartition(".")[2], MATERIAL)


def parameter_term(item: Parameter, time_unit: str) -> str:
    """The term of a constant: a Hill coefficient, a rate per time, or any other quantity."""
    if item.value.distribution == "hill":
        return HILL_COEFFICIENT
    try:
        per_time = same_dimension(unit(item.unit), DIMENSIONLESS / unit(time_unit))
    except WrongInput:
        return QUANTITY
    return KINETIC_CONSTANT if per_time and time_unit != "dimensionless" else QUANTITY


def reaction_term(flow: Flow) -> str:
    """The term of a reaction, from what becomes of the material."""
    return _FLOWS[flow]
