"""Pieces of SBML as text, and files made of them to do harm; made of texts, since libSBML would not write most."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

SPACE = "http://www.sbml.org/sbml/level3/version2/core"
MATHML = "http://www.w3.org/1998/Math/MathML"
COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
SYMBOLS = "http://www.sbml.org/sbml/symbols/"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Hostile:
    """A file and what is said of it: a regular expression, or None where it may be read."""

    make: Callable[[], Content]
    said: str | None


def document(body: str, attributes: str = 'level="3" version="2"', behind: str = "", more: str = "") -> str:
    return f'{HEAD}<sbml xmlns="{SPACE}" {attributes}>{more}<model id="m">{body}</model>{behind}</sbml>'


def ci(name: str) -> str:
    return f"<ci>{name}</ci>"


def cn(text: object, kind: str = "") -> str:
    return f"<cn{f' type={chr(34)}{kind}{chr(34)}' if kind else ''}>{text}</cn>"


def apply(operator: str, *arguments: str) -> str:
    return f"<apply><{operator}/>{''.join(arguments)}</apply>"


def call(name: str, *arguments: str) -> str:
    return f"<apply>{ci(name)}{''.join(arguments)}</apply>"


def symbol(name: str, *arguments: str) -> str:
    one = f'<csymbol encoding="text" definitionURL="{SYMBOLS}{name}">{name}</csymbol>'
    return f"<apply>{one}{''.join(arguments)}</apply>" if arguments else one


def math(inner: str) -> str:
    return f'<math xmlns="{MATHML}">{inner}</math>'


def listed(kind: str, *rows: str) -> str:
    return f"<listOf{kind}>{''.join(rows)}</listOf{kind}>"


def parameter(name: str, value: object = "1", constant: bool = True) -> str:
    given = "" if value is None else f'value="{value}"'
    return f'<parameter id="{name}" {given} constant="{str(constant).lower()}"/>'


def assignment(name: str, inner: str) -> str:
    return f'<assignmentRule variable="{name}">{math(inner)}</assignmentRule>'


def function(name: str, inner: str, *arguments: str) -> str:
    bound = "".join(f"<bvar>{ci(each)}</bvar>" for each in arguments or ("x",))
    return f'<functionDefinition id="{name}">{math(f"<lambda>{bound}{inner}</lambda>")}</functionDefinition>'


def species(name: str, start: object = "1", more: str = "") -> str:
    return (
        f'<species id="{name}" compartment="c" initialConcentration="{start}" hasOnlySubstanceUnits="false" '
        f'boundaryCondition="false" constant="false" {more}/>'
    )


def reaction(name: str, left: str, law: str, number: object = "1") -> str:
    reference = f'<speciesReference species="{left}" stoichiometry="{number}" constant="true"/>'
    return (
        f'<reaction id="{name}" reversible="false"><listOfReactants>{reference}</listOfReactants>'
        f"<kineticLaw>{math(law)}</kineticLaw></reaction>"
    )


def event(name: str, trigger: str, value: str, *, delay: str = "", priority: str = "") -> str:
    inner = f"<delay>{math(delay)}</delay>" if delay else ""
    inner = (f"<priority>{math(priority)}</priority>" if priority else "") + inner
    return (
        f'<event id="{name}" useValuesFromTriggerTime="true"><trigger initialValue="false" persistent="true">'
        f'{math(trigger)}</trigger>{inner}<listOfEventAssignments><eventAssignment variable="S">{math(value)}'
        "</eventAssignment></listOfEventAssignments></event>"
    )


CELL = listed("Compartments", '<compartment id="c" spatialDimensions="3" size="1" constant="true"/>')
STATE = CELL + listed("Species", species("S"))
PLAIN = document(STATE + listed("Parameters", parameter("k")) + listed("Reactions", reaction("J", "S", ci("S"))))


def with_formula(inner: str, more: str = "") -> str:
    """A parameter y that is a formula of the species S and the constant k."""
    constants = listed("Parameters", parameter("k", "0.3"), parameter("y", None, False))
    return document(more + STATE + constants + listed("Rules", assignment("y", inner)))


def with_law(inner: str, more: str = "") -> str:
    """A reaction with a formula as its rate."""
    return document(
        more + STATE + listed("Parameters", parameter("k", "0.3")) + listed("Reactions", reaction("J", "S", inner))
    )


def nested(operator: str, depth: int, inner: str) -> str:
    return f"<apply><{operator}/>" * depth + inner + "</apply>" * depth


def pieces(count: int) -> str:
    rows = "".join(f"<piece>{cn(index)}{apply('lt', ci('S'), cn(index))}</piece>" for index in range(count))
    return f"<piecewise>{rows}<otherwise>{cn(0)}</otherwise></piecewise>"


def wide_products(count: int) -> str:
    """A sum of products of 200 factors each, no two alike."""
    rows = ((apply("plus", cn(f"{row}.{i:03d}1"), ci("S")) for i in range(200)) for row in range(count))
    return apply("plus", *(apply("times", *row) for row in rows))


def nested_pieces(count: int) -> str:
    """A choice whose other branch is a choice, and so on."""
    piece = f"<piece>{ci('S')}{apply('lt', ci('S'), cn(1))}</piece>"
    return f"<piecewise>{piece}<otherwise>" * count + cn(0) + "</otherwise></piecewise>" * count


def many_sines(count: int, of: str = "S") -> str:
    """A sum of sums of sines, 400 in each, no two alike."""
    sums = ((f"{row}.{column:03d}" for column in range(400)) for row in range(count))
    rows = (apply("plus", *(apply("sin", apply("times", cn(each), ci(of))) for each in row)) for row in sums)
    return apply("plus", *rows)


def doubling_functions(count: int, operator: str) -> str:
    rows = [function("f0", apply(operator, ci("x"), ci("x")))]
    for index in range(1, count):
        inner = call(f"f{index - 1}", ci("x"))
        rows.append(function(f"f{index}", apply(operator, inner, inner)))
    return listed("FunctionDefinitions", *rows)


def composed_functions(count: int, operator: str) -> str:
    """Each calls the one before with the other's result: f(f(x)) of x + x doubles without end."""
    rows = [function("f0", apply(operator, ci("x"), ci("x")))]
    rows += [function(f"f{i}", call(f"f{i - 1}", call(f"f{i - 1}", ci("x")))) for i in range(1, count)]
    return listed("FunctionDefinitions", *rows)


def doubling_rules(count: int, operator: str) -> str:
    names = [f"a{index}" for index in range(count)]
    rows = [assignment("a0", apply(operator, ci("S"), ci("S")))]
    rows += [assignment(name, apply(operator, ci(before), ci(before))) for before, name in pairwise(names)]
    return document(
        STATE + listed("Parameters", *(parameter(name, None, False) for name in names)) + listed("Rules", *rows)
    )


def squaring_rules(count: int) -> str:
    """a_i = (a_{i-1} + 1)(a_{i-1} + 2): a polynomial of degree 2^i."""
    names = [f"a{index}" for index in range(count)]
    rows = [assignment("a0", ci("S"))]
    for before, name in pairwise(names):
        rows.append(
            assignment(name, apply("times", apply("plus", ci(before), cn(1)), apply("plus", ci(before), cn(2))))
        )
    return document(
        STATE + listed("Parameters", *(parameter(name, None, False) for name in names)) + listed("Rules", *rows)
    )


def events(count: int) -> str:
    rows = (event(f"e{i}", apply("gt", symbol("time"), cn(0.5)), apply("plus", ci("S"), cn(1))) for i in range(count))
    return document(STATE + listed("Events", *rows))


def composed(inside: str, outside: str) -> str:
    place = f'xmlns:comp="{COMP}" comp:required="true" level="3" version="2"'
    return document(inside, place, outside)


def submodels(**references: str) -> str:
    rows = (f'<comp:submodel comp:id="{name}" comp:modelRef="{wanted}"/>' for name, wanted in references.items())
    return f"<comp:listOfSubmodels>{''.join(rows)}</comp:listOfSubmodels>"


def definitions(rows: dict[str, str]) -> str:
    inner = (f'<comp:modelDefinition id="{name}">{body}</comp:modelDefinition>' for name, body in rows.items())
    return f"<comp:listOfModelDefinitions>{''.join(inner)}</comp:listOfModelDefinitions>"


def external(source: str) -> str:
    outside = (
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="far" '
        f'comp:source="{source}"/></comp:listOfExternalModelDefinitions>'
    )
    return composed(submodels(one="far"), outside)


def with_units(units: str) -> str:
    definition = f'<unitDefinition id="u"><listOfUnits>{units}</listOfUnits></unitDefinition>'
    return document(
        listed("UnitDefinitions", definition) + STATE
        + listed("Parameters", '<parameter id="k" value="1" units="u" constant="true"/>')
        + listed("Reactions", reaction("J", "S", apply("times", ci("k"), ci("S"))))
    )  # fmt: skip


def one_unit(kind: str = "metre", exponent: object = 1, scale: object = 0, multiplier: object = 1) -> str:
    return f'<unit kind="{kind}" exponent="{exponent}" scale="{scale}" multiplier="{multiplier}"/>'


def laughs(levels: int, width: int) -> str:
    rows = ['<!ENTITY e0 "ha">']
    rows += [f'<!ENTITY e{i} "{f"&e{i - 1};" * width}">' for i in range(1, levels)]
    return f'<?xml version="1.0"?><!DOCTYPE sbml [{"".join(rows)}]><sbml>&e{levels - 1};</sbml>'


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.xml", " " * 10_000_000)
    return held.getvalue()


def link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"<sbml>")
        file.truncate(50_000_000_000)


def beside(name: str, content: str, main: str) -> Callable[[Path], None]:
    """A main file with another one beside it."""

    def write(path: Path) -> None:
        place = path.parent / name
        if not place.exists():
            place.write_text(content)
        path.write_text(main)

    return write


def linked_out(path: Path) -> None:
    place = path.parent / "linked.xml"
    place.symlink_to("/etc/passwd")
    path.write_text(external("linked.xml"))


def pipe_beside(path: Path) -> None:
    os.mkfifo(path.parent / "pipe.xml")
    path.write_text(external("pipe.xml"))


def chain_of_files(path: Path) -> None:
    for index in range(80):
        (path.parent / f"chain{index}.xml").write_text(external(f"chain{index + 1}.xml"))
    path.write_text(external("chain0.xml"))


def many_files(path: Path) -> None:
    """Each of 40 files takes two submodels from the next one."""
    for index in range(40):
        outside = external(f"many{index + 1}.xml").replace(
            submodels(one="far"), submodels(one="far", two="far")
        )  # fmt: skip
        (path.parent / f"many{index}.xml").write_text(outside)
    (path.parent / "many40.xml").write_text(PLAIN)
    path.write_text(external("many0.xml"))


def rules_in_a_circle(count: int) -> str:
    names = [f"a{index}" for index in range(count)]
    rows = [assignment(name, apply("plus", ci(names[index - 1]), cn(1))) for index, name in enumerate(names)]
    return document(
        STATE + listed("Parameters", *(parameter(name, None, False) for name in names)) + listed("Rules", *rows)
    )


def many_reactions(count: int) -> str:
    rows = (reaction(f"J{i}", f"S{i}", apply("times", ci("k"), ci(f"S{i}"))) for i in range(count))
    state = CELL + listed("Species", *(species(f"S{i}") for i in range(count)))
    return document(state + listed("Parameters", parameter("k")) + listed("Reactions", *rows))


def algebraic(count: int) -> str:
    """Rules that share all their variables: each is the sum of all."""
    total = apply("plus", *(ci(f"a{i}") for i in range(count)))
    rows = (f"<algebraicRule>{math(apply('minus', total, cn(index)))}</algebraicRule>" for index in range(count))
    return document(
        listed("Parameters", *(parameter(f"a{i}", 1, False) for i in range(count))) + listed("Rules", *rows)
    )


def random_bytes() -> bytes:
    return random.Random(0).randbytes(1_000_000)
