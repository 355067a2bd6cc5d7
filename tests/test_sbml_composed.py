"""Models composed of submodels: written out with the meaning that SBML gives them, or refused with the id."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml", reason="the extra [sbml] is not installed")

from test_sbml_read import THREE, all_species, compartments, document, listed, one_species, parameters, reaction

from exokinetics import WrongInput, load, simulate
from exokinetics.sbml.reader import read_sbml, sbml_issues

COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
PLACE = f'xmlns:comp="{COMP}" comp:required="true" level="3" version="2"'
DECAY = (
    compartments(c=1.0)
    + all_species(one_species("A", THREE))
    + listed("Parameters", parameters(k=0.3))
    + listed("Reactions", reaction("J", "A", "", "k*A*c"))
)


def composed(body: str, outside: str, level: str = PLACE) -> str:
    """A document with a model and the definitions of its submodels behind it."""
    return document(body, level=level).replace("</sbml>", outside + "</sbml>")


def submodels(**references: str) -> str:
    rows = (f'<comp:submodel comp:id="{name}" comp:modelRef="{wanted}"/>' for name, wanted in references.items())
    return f"<comp:listOfSubmodels>{''.join(rows)}</comp:listOfSubmodels>"


def definitions(**bodies: str) -> str:
    rows = (f'<comp:modelDefinition id="{name}">{body}</comp:modelDefinition>' for name, body in bodies.items())
    return f"<comp:listOfModelDefinitions>{''.join(rows)}</comp:listOfModelDefinitions>"


def external(name: str, source: str) -> str:
    return (
        f'<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="{name}" '
        f'comp:source="{source}"/></comp:listOfExternalModelDefinitions>'
    )


def test_two_submodels_decay_each_and_one_rate_is_replaced() -> None:
    """A decays as 3 exp(-k t), with the rate 0.3 of the submodel in one and 0.5 of the model in the other."""
    replaced = (
        '<parameter id="fast" value="0.5" constant="true"><comp:listOfReplacedElements>'
        '<comp:replacedElement comp:submodelRef="two" comp:idRef="k"/></comp:listOfReplacedElements></parameter>'
    )
    body = listed("Parameters", replaced) + submodels(one="decay", two="decay")
    result = simulate(read_sbml(composed(body, definitions(decay=DECAY))), [0.0, 1.0, 2.0], rtol=1e-9)
    np.testing.assert_allclose(result["one__A"], 3.0 * np.exp(-0.3 * result.time), rtol=1e-7)
    np.testing.assert_allclose(result["two__A"], 3.0 * np.exp(-0.5 * result.time), rtol=1e-7)
    np.testing.assert_allclose(result["two__J"], 1.5 * np.exp(-0.5 * result.time), rtol=1e-7)


def test_submodels_of_another_file_are_read_and_followed_when_it_changes(tmp_path: Path) -> None:
    main, other = tmp_path / "main.xml", tmp_path / "other.xml"
    main.write_text(composed(submodels(one="far"), external("far", "other.xml")))
    other.write_text(document(DECAY))
    assert simulate(load(main), [0.0, 1.0])["one__A"][1] == pytest.approx(3.0 * np.exp(-0.3), rel=1e-5)
    assert load(main) is load(main)
    other.write_text(document(DECAY.replace('value="0.3"', 'value="0.75"')))
    assert simulate(load(main), [0.0, 1.0])["one__A"][1] == pytest.approx(3.0 * np.exp(-0.75), rel=1e-5)
    other.unlink()
    with pytest.raises(WrongInput, match=r"main\.xml: comp: 'other\.xml', which a model is taken from, cannot be read"):
        load(main)


@pytest.mark.parametrize(
    "source", ["http://example.org/m.xml", "file:///etc/hosts", "/etc/hosts", "../other.xml", "a/../../other.xml", ""]
)
def test_only_files_beside_the_model_are_read(tmp_path: Path, source: str) -> None:
    (tmp_path / "other.xml").write_text(document(DECAY))
    (tmp_path / "below").mkdir()
    main = tmp_path / "below" / "main.xml"
    main.write_text(composed(submodels(one="far"), external("far", source)))
    with pytest.raises(WrongInput, match="only a file in the folder of this one is read"):
        load(main)


def test_a_text_without_a_folder_takes_no_model_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.xml").write_text(document(DECAY))
    (issue,) = sbml_issues(composed(submodels(one="far"), external("far", "other.xml")))
    assert issue.key == "comp" and "has no folder" in issue.message


def test_a_hostile_file_beside_the_model_is_refused(tmp_path: Path) -> None:
    main, other = tmp_path / "main.xml", tmp_path / "other.xml"
    main.write_text(composed(submodels(one="far"), external("far", "other.xml")))
    other.write_text('<!DOCTYPE sbml [<!ENTITY a "aaaa">]>' + document(DECAY).split("?>", 1)[1])
    with pytest.raises(WrongInput, match=r"other\.xml: line 1: a document type or entity declaration is not read"):
        load(main)


def test_submodels_that_double_each_other_are_refused_before_they_are_written_out() -> None:
    levels = {f"m{index}": submodels(a=f"m{index + 1}", b=f"m{index + 1}") for index in range(40)}
    text = composed(submodels(one="m0"), definitions(**levels, m40=DECAY))
    (issue,) = sbml_issues(text, file="f.xml")
    assert issue.key == "comp" and "elements; at most 200000 are read" in issue.message


def test_submodels_nested_without_end_are_refused() -> None:
    levels = {f"m{index}": submodels(a=f"m{index + 1}") for index in range(2000)}
    (issue,) = sbml_issues(composed(submodels(one="m0"), definitions(**levels, m2000=DECAY)))
    assert issue.key == "comp" and "more than 50 deep" in issue.message


def test_circles_and_missing_submodels_are_named() -> None:
    circle = composed(submodels(one="a"), definitions(a=submodels(x="b"), b=submodels(y="a")))
    assert any("a -> b -> a" in issue.message or "circular" in issue.message.lower() for issue in sbml_issues(circle))
    missing = composed(submodels(one="decoy"), definitions(decay=DECAY))
    assert any("decoy" in issue.message for issue in sbml_issues(missing))


def test_faults_of_a_submodel_have_its_id() -> None:
    body = DECAY.replace('stoichiometry="1"', "")
    text = composed(submodels(one="decay"), definitions(decay=body))
    errors = [issue for issue in sbml_issues(text) if issue.severity == "error"]
    assert [issue.key for issue in errors] == ["one__J"]
