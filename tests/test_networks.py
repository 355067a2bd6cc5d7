"""Networks of several kinds of cells: how they are wired, and what docs/networks.md says that they answer."""

import re
from pathlib import Path

import numpy as np
import pytest

from exokinetics import continuation, load, simulate
from scripts.examine_networks import ESCAPE, SWITCHES, drawn, knocked, network, without_holding

PAGE = (Path(__file__).parent.parent / "docs" / "networks.md").read_text("utf-8")
each_network = pytest.mark.parametrize("name", sorted(SWITCHES))
# No review names vesicles on these ways back; the level that goes in their place.
OTHER_RETURNS = {
    "tumour_bone_loop": {
        ("osteoclast", "tumour"): ("tgf_b_signal.level", "tumour_smad"),
        ("osteoblast", "osteoclast"): ("bone_formation.level", "osteolysis"),
        ("osteoclast", "stroma"): ("tgf_b_signal.level", "stroma_switch"),
    },
    "tumour_endothelium_niche": {("endothelium", "tumour"): ("angiogenesis.level", "proliferation")},
    "body": {
        ("endothelium", "tumour"): ("angiogenesis.level", "proliferation"),
        ("osteoclast", "tumour"): ("tgf_b_signal.level", "tumour_smad"),
    },
}  # fmt: skip
# The dose in the table has three digits, and the tip is flat there: what is above by this switches within the time.
ROUNDED = 0.03


def rows():
    """The table of the page by network: the numbers of each row by column."""
    table = [line for line in PAGE.splitlines() if line.startswith("|")]
    names = [cell.strip() for cell in table[0].strip("|").split("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    return {row[0].strip("`"): dict(zip(names, row, strict=True)) for row in cells if row[0].strip("`") in SWITCHES}


def told(name, column):
    """The first number of a cell of the table."""
    return float(re.findall(r"\d+(?:\.\d+)?", rows()[name][column])[0])


def of_law(model, *laws):
    return [item for item in model.whole.mechanisms.values() if item.law in laws]


def ways(model):
    """From each kind of cell or compartment where its vesicles get to next."""
    found = {}
    for item in model.whole.mechanisms.values():
        links = item.links
        if item.law == "constitutive_release":
            found.setdefault(links["cells"], set()).add(links["medium"])
        if item.law == "linear_uptake":
            found.setdefault(links["medium"], set()).add(links["cells"])
        if item.law in ("flow", "homing", "barrier"):
            found.setdefault(links["source"], set()).add(links["target"])
        if item.law == "barrier":
            found.setdefault(links["target"], set()).add(links["source"])
    return found


def reached(graph, start):
    """Everything to which a way leads from a node, itself only if a way leads back."""
    found, ahead = set(), [start]
    while ahead:
        for node in graph.get(ahead.pop(), ()):
            if node not in found:
                found.add(node)
                ahead.append(node)
    return found


# --- how they are wired -----------------------------------------------------------------------------------------------


@each_network
def test_a_network_has_between_50_and_400_states(name):
    states = len(load(name).species)
    assert 50 <= states <= 400
    assert states == told(name, "states")


@each_network
def test_from_every_kind_of_cell_a_way_leads_back_to_it(name):
    model = load(name)
    graph = ways(model)
    for (donor, recipient), (level, answer) in OTHER_RETURNS.get(name, {}).items():
        assert level in ", ".join(model.whole.mechanisms[answer].links.values())
        graph.setdefault(donor, set()).add(recipient)
    for item in of_law(model, "population", "growing_population"):
        assert item.id in reached(graph, item.id), item.id


@each_network
def test_one_constant_scales_the_dose_of_all(name):
    found = network(name)

    def used_by(law, role):
        return [item.links.get(role, f"{item.id}.{role}") for item in of_law(found.model, law)]

    given = {
        found.sorting: used_by("constitutive_release", "sorting"),
        found.escape: used_by("endosome", "escape_fraction"),
    }
    for shared, used in given.items():
        assert set(used) == {shared}
        assert len(used) > 5


@each_network
def test_the_guides_of_a_kind_of_cell_share_one_ago2(name):
    pools = {}
    for item in of_law(load(name), "guide_loading", "target_binding"):
        pools.setdefault(item.links["cells"], set()).add(item.links["ago2"])
    assert len(pools) >= 2
    assert all(len(shared) == 1 for shared in pools.values())
    assert len(set.union(*pools.values())) == len(pools)


def shared_targets():
    """Genes on which several microRNAs act: the model, the gene, and their guides."""
    for name in sorted(SWITCHES):
        guides = {}
        for item in of_law(load(name), "target_binding"):
            guides.setdefault(item.links["gene"], []).append(f"{item.links['loading']}.guide")
        for gene, acting in guides.items():
            if len(acting) > 1:
                yield pytest.param(name, gene, acting, id=f"{name}-{gene}")


@pytest.mark.parametrize(("name", "gene", "guides"), list(shared_targets()))
def test_a_shared_target_feels_every_microrna_and_more_of_both(name, gene, guides):
    model = load(name)

    def left(*given):
        doses = dict.fromkeys(given, 1e4)
        return simulate(model, [0.0, 72.0], start="steady", initial=doses, strict=True)[f"{gene}.protein"][-1]

    rest, alone = left(), [left(guide) for guide in guides]
    assert max(alone) < 0.99 * rest  # a copy number at which one microRNA alone is felt
    assert left(*guides) < min(alone)


# --- what they answer -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@each_network
def test_there_are_two_stable_states_at_the_dose_of_the_library_and_rest_stays_rest(name):
    found = network(name)
    (rest,), (switched,) = found.ends([{}]), found.ends([{}], switched=True)
    assert rest < 0.1
    assert switched > 0.7


@pytest.mark.slow
@each_network
def test_the_loop_tips_at_the_dose_of_the_page(name):
    found = network(name)
    tip = told(name, "tips at") * found.default(found.sorting)
    below, above = found.ends(
        [{found.escape: ESCAPE, found.sorting: tip * factor} for factor in (1 - ROUNDED, 1 + ROUNDED)]
    )
    assert below < 0.5 < above


@pytest.mark.slow
@each_network
def test_the_breaking_cargo_of_the_page_breaks_the_loop_and_no_other_does(name):
    found = network(name)
    breaking = rows()[name]["breaking cargo"].strip("`")
    assert breaking in found.releases
    dose = told(name, "tips without it at") * found.default(found.sorting)
    at = {found.escape: ESCAPE, found.sorting: dose * (1 - ROUNDED)}
    without = dict(zip(found.releases, found.ends([at | knocked(each) for each in found.releases]), strict=True))
    assert without.pop(breaking) < 0.5
    assert min(without.values()) > 0.5
    (above,) = found.ends([at | knocked(breaking) | {found.sorting: dose * (1 + ROUNDED)}])
    assert above > 0.5


@pytest.mark.slow
@each_network
def test_vesicles_alone_do_not_hold_what_they_switched(name):
    found = network(name)
    dose = told(name, "without holding") * found.default(found.sorting)
    sets = found.doses(without_holding(found), dose * (1 - ROUNDED), dose * (1 + ROUNDED), 2)
    for from_on in (False, True):
        below, above = found.ends(sets, switched=from_on)
        assert below < 0.5 < above


@pytest.mark.slow
@each_network
def test_the_share_of_draws_that_switch_is_that_of_the_page(name):
    with_cargo, without = drawn(network(name), 256)
    # two of 256 draws: those on the edge of switching within the time may differ between machines
    assert with_cargo == pytest.approx(told(name, "draws") / 100, abs=0.013)
    assert without == pytest.approx(told(name, "draws without cargo") / 100, abs=0.013)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tumour_adipocyte_loop", "tumour_bone_loop"])
def test_the_tip_is_a_fold_of_the_branch_of_rest(name):
    found = network(name)
    tip = told(name, "tips at") * found.default(found.sorting)
    share = f"{found.switch}.share"
    # the other switches may have tipped on a branch of their own before
    others = [{id: 1.0 for id in found.switches if id != share}]
    around = {"low": tip / 10, "high": tip * 10, "values": {found.escape: ESCAPE}, "starts": others}
    table = continuation(found.model, found.sorting, outputs=[share], points=20, **around)
    folds = table[(table["kind"] == "fold") & (table[share] < 0.5)][found.sorting].to_numpy(float)
    assert np.min(np.abs(folds / tip - 1.0)) < ROUNDED
    assert table.attrs["bistable"]
