"""Any mechanism filled in from its own schema, over stubs for everything that it names."""

import numpy as np

from exokinetics import Model, Parameter, Reaction, Species, compose, use
from exokinetics.laws import LAWS
from exokinetics.laws.registry import ANY
from exokinetics.model.parts import part_of
from exokinetics.model.values import assumed

AMOUNTS = {"logit": 0.3, "hill": 1.7, "log": 2.5, "fixed": 4.0}


def filled_in(name: str, exponent: float = AMOUNTS["hill"]) -> Model:
    """The law over stubs: a species for what it changes elsewhere, a parameter for what it only reads."""
    roles, wanted = {}, {}
    for role_name, role in LAWS[name].roles.items():
        if role.kind == "members":
            roles[role_name] = f"stub_{role_name}"
            wanted |= {f"stub_{role_name}.{member}": unit for member, unit in role.members.items()}
        elif role.kind == "link":
            roles[role_name] = f"stub_{role_name}.it"
            wanted[f"stub_{role_name}.it"] = role.unit
        elif role.kind == "links":
            roles[role_name] = [f"stub_{role_name}.{one}" for one in ("first", "second")]
            wanted |= dict.fromkeys(roles[role_name], role.unit)
        elif role.kind == "process":
            roles[role_name] = f"stub_{role_name}.it"
        else:
            amount = exponent if role.distribution == "hill" else AMOUNTS[role.distribution]
            roles[role_name] = f"{amount} {'dimensionless' if role.unit == ANY else role.unit}"
    part = use(name, "own", **roles)
    changed = {species for reaction in part.reactions.values() for species, _ in reaction.changes}
    modulated = {item.reaction for item in part.modulators.values()} - part.processes().keys()
    stubs = part_of(
        species=[
            Species("bystander", "item", assumed(1.0, "item", "a model needs a species, and not every law has one")),
            *(Species(id, unit, assumed(1.5, unit, "stub")) for id, unit in wanted.items() if id in changed),
        ],
        parameters=[
            Parameter("flow_of_items", "item/hour", assumed(1.0, "item/hour", "stub")),
            *(Parameter(id, unit, assumed(1.5, unit, "stub")) for id, unit in wanted.items() if id not in changed),
        ],
        reactions=[Reaction(id, "flow_of_items", {"bystander": 1.0}, "synthesis") for id in modulated],
    )
    return compose(name, [part, stubs])


def states(system, count=20):
    """Random states over twelve decades, some of them zero; what has a ceiling stays below it."""
    generator = np.random.default_rng(7)
    for _ in range(count):
        state = 10.0 ** generator.uniform(-6, 6, len(system.states))
        state = np.where(generator.random(len(state)) < 0.2, 0.0, state)
        for place, id in enumerate(system.states):
            ceiling = {"occupied": AMOUNTS["log"], "share": 1.0}.get(id.rsplit(".", 1)[-1], np.inf)
            state[place] = min(state[place], ceiling)
        yield state
