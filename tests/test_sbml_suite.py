"""The runner of the SBML Test Suite on cases of our own in its format, with analytic results."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from scripts.sbml_suite.cases import case_of, numbers_of
from scripts.sbml_suite.counting import page, write_cases
from scripts.sbml_suite.running import FAILED, PASSED, REFUSED, SKIPPED, SLOW, WRONG, sentence_of, verdict_of
from scripts.sbml_suite.workers import verdicts

pytest.importorskip("libsbml")

DECAY = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model>
<listOfCompartments><compartment id="c" size="2" spatialDimensions="3" constant="true"/></listOfCompartments>
<listOfSpecies><species id="S" compartment="c" initialAmount="6" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k" value="1" constant="true"/>
<parameter id="x" value="0.5" constant="false"/></listOfParameters>
<listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">{rate}</math></rateRule>
</listOfRules><listOfReactions><reaction id="r" reversible="false"><listOfReactants>
<speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants><kineticLaw>
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>S</ci><ci>c</ci></apply></math>
</kineticLaw></reaction></listOfReactions></model></sbml>"""
ZERO = "<cn>0</cn>"
SQUARE = "<apply><times/><ci>x</ci><ci>x</ci><cn>4</cn></apply>"  # x runs off to infinity at time 1/2
UNKNOWN = "<apply><plus/><ci>x</ci><ci>ghost</ci></apply>"
SETTINGS = """start: 0
duration: 1
steps: 2
variables: S, k
absolute: 1e-9
relative: 1e-4
amount: {amount}
concentration: {concentration}
"""


def make_case(
    folder: Path, number: str, *, factor: float = 1.0, scale: float = 6.0, amount: str = "S", concentration: str = "",
    rate: str = ZERO, kind: str = "TimeCourse",
) -> None:  # fmt: skip
    """A decay of S from 6 in a compartment of 2; the result is multiplied by a factor to make it right or wrong."""
    place = folder / number
    place.mkdir()
    about = f"(*\n\ncategory: Test\ncomponentTags: Compartment, Species\ntestTags: Amount\ntestType: {kind}\n\n*)\n"
    (place / f"{number}-model.m").write_text(about)
    (place / f"{number}-sbml-l3v1.xml").write_text("not the newest")
    (place / f"{number}-sbml-l3v2.xml").write_text(DECAY.format(rate=rate))
    (place / f"{number}-settings.txt").write_text(SETTINGS.format(amount=amount, concentration=concentration))
    rows = [f"{t},{scale * math.exp(-t) * factor!r},1" for t in (0.0, 0.5, 1.0)]
    (place / f"{number}-results.csv").write_text("\n".join(["time, S, k", *rows]) + "\n")


def test_a_right_case_passes_as_amount_and_as_concentration(tmp_path: Path) -> None:
    make_case(tmp_path, "00001")
    make_case(tmp_path, "00002", scale=3.0, amount="", concentration="S")
    assert [verdict_of(tmp_path, number).outcome for number in ("00001", "00002")] == [PASSED, PASSED]
    assert case_of(tmp_path, "00001").tags == ("Compartment", "Species", "Amount")


@pytest.mark.parametrize(("factor", "outcome"), [(1.00009, PASSED), (1.00012, WRONG), (math.nan, WRONG)])
def test_the_rule_of_the_suite_decides(tmp_path: Path, factor: float, outcome: str) -> None:
    """The relative tolerance of the case is 1e-4; the solver's own error is below 1e-7."""
    make_case(tmp_path, "00001", factor=factor)
    assert verdict_of(tmp_path, "00001").outcome == outcome


def test_what_cannot_be_run_is_told_apart(tmp_path: Path) -> None:
    make_case(tmp_path, "00001", rate=UNKNOWN)
    make_case(tmp_path, "00002", rate=SQUARE)
    make_case(tmp_path, "00003", kind="FluxBalanceSteadyState")
    make_case(tmp_path, "00004")
    found = {one.number: one for one in verdicts(tmp_path, numbers_of(tmp_path), processes=1, seconds=60.0)}
    assert [found[number].outcome for number in sorted(found)] == [REFUSED, FAILED, SKIPPED, PASSED]
    assert "ghost" in found["00001"].reason
    write_cases(list(found.values()), tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 5
    assert "| plain | 3 | 1 | 1 | 0 | 1 | 0 | 0 | 0 |" in page(list(found.values()))


def test_a_case_that_takes_too_long_is_ended_and_the_next_one_runs(tmp_path: Path) -> None:
    make_case(tmp_path, "00001")
    found = list(verdicts(tmp_path, ["00001"], processes=1, seconds=0.0))
    assert [one.outcome for one in found] == [SLOW]


def test_cases_are_chosen_by_number_and_range(tmp_path: Path) -> None:
    for number in ("00001", "00007", "00100"):
        make_case(tmp_path, number)
    assert numbers_of(tmp_path, ["7", "00090-00200"]) == ["00007", "00100"]


def test_like_refusals_have_one_sentence() -> None:
    first = sentence_of("00001-sbml-l3v2.xml: E1: 'k' has 3 faults; did you mean 'kk'?")
    assert first == sentence_of("00002-sbml-l3v2.xml: other: 'x' has 4 faults") == "'...' has N faults"
