"""Files made to do harm: each is written by a function of its folder, and what must be said of it stands beside it.

`None` in place of a message: the file is odd, but may be read and simulated.
"""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

from hostile_formulas import FORMULAS
from hostile_parts import (
    CELL,
    PLAIN,
    STATE,
    Hostile,
    apply,
    beside,
    chain_of_files,
    ci,
    cn,
    composed,
    definitions,
    document,
    event,
    events,
    external,
    fifo,
    folder,
    laughs,
    link,
    linked_out,
    listed,
    many_files,
    many_reactions,
    one_unit,
    parameter,
    pipe_beside,
    random_bytes,
    reaction,
    sparse,
    species,
    submodels,
    with_formula,
    with_law,
    with_units,
    zipped,
)

DIGITS = 9_000_000
XML = "not readable XML"
DEEP = "more than 200 deep"
KIND = "document type or entity"

OTHERS: dict[str, Hostile] = {
    # what XML itself allows
    "entity bomb": Hostile(lambda: laughs(30, 10), KIND),
    "quadratic entities": Hostile(
        lambda: f'<!DOCTYPE sbml [<!ENTITY a "{"a" * 100_000}">]><sbml>{"&a;" * 100_000}</sbml>', KIND
    ),
    "external entity": Hostile(
        lambda: '<!DOCTYPE sbml [<!ENTITY a SYSTEM "file:///etc/passwd">]><sbml>&a;</sbml>', KIND
    ),
    "external document type": Hostile(lambda: f'<!DOCTYPE sbml SYSTEM "http://127.0.0.1:1/x.dtd">{PLAIN[39:]}', KIND),
    "parameter entities": Hostile(
        lambda: '<!DOCTYPE sbml [<!ENTITY % a "<!ENTITY b &#34;x&#34;>"> %a; %a;]><sbml>&b;</sbml>', KIND
    ),
    "unknown entity": Hostile(lambda: PLAIN.replace('id="m"', 'id="&nothing;"'), XML),
    "elements in each other": Hostile(lambda: "<sbml>" + "<a>" * 3_000_000, DEEP),
    "notes in each other": Hostile(lambda: PLAIN.replace("<model", "<notes>" + "<p>" * 400_000 + "<model"), DEEP),
    "an attribute of 19 MB": Hostile(
        lambda: PLAIN.replace('id="m"', f'id="{"m" * 19_000_000}"'), "19,000,000 characters"
    ),
    "an id of 100,000 letters": Hostile(lambda: PLAIN.replace('"k"', f'"{"k" * 100_000}"'), "100,000 characters"),
    "an element of 10 MB": Hostile(lambda: f"<{'a' * 10_000_000}/>", "not <sbml>"),
    "a million attributes": Hostile(
        lambda: PLAIN.replace("<model", "<model " + " ".join(f'a{i}=""' for i in range(1_000_000))), "attributes"
    ),
    "a comment of 19 MB": Hostile(
        lambda: PLAIN.replace("<model", f"<!--{'x' * 19_000_000}--><model"), "at most 1,000,000"
    ),
    "a million comments": Hostile(lambda: PLAIN.replace("<model", f"{'<!---->' * 1_000_000}<model"), None),
    "two million empty elements": Hostile(
        lambda: PLAIN.replace("<model", f"<annotation>{'<a/>' * 2_000_000}</annotation><model"), "more than"
    ),
    "900,000 elements of an annotation": Hostile(
        lambda: PLAIN.replace("<model", f'<annotation><a xmlns="x:y">{"<b/>" * 900_000}</a></annotation><model'), None
    ),
    "cut off": Hostile(lambda: PLAIN[:700], XML),
    "twice": Hostile(lambda: PLAIN + PLAIN, XML),
    "empty": Hostile(lambda: "", "neither a model nor a fit"),
    "zeros": Hostile(lambda: bytes(1_000_000), "TOML"),
    "a zero inside": Hostile(lambda: PLAIN.replace("<model", "\0<model"), XML),
    "random bytes": Hostile(random_bytes, "UTF-8"),
    "latin letters": Hostile(lambda: PLAIN.replace('id="m"', 'id="m" name="é"').encode("latin-1"), "UTF-8"),
    "UTF-16": Hostile(lambda: PLAIN.encode("utf-16"), "UTF-8"),
    "UTF-16 without a mark": Hostile(lambda: PLAIN.encode("utf-16-le"), XML),
    "UTF-32": Hostile(lambda: PLAIN.encode("utf-32"), "UTF-8"),
    "UTF-7": Hostile(lambda: PLAIN.replace("UTF-8", "UTF-7"), None),
    "an unknown encoding": Hostile(lambda: PLAIN.replace("UTF-8", "x-nothing"), None),
    "an overlong letter": Hostile(lambda: PLAIN.encode().replace(b"m1", b"\xc0\xbc"), None),
    "half of a surrogate": Hostile(lambda: PLAIN.replace('id="m"', 'id="&#xD800;"'), XML),
    "gzip": Hostile(lambda: gzip.compress(b" " * 10_000_000), "UTF-8"),
    "zip": Hostile(zipped, "archive"),
    "bzip2": Hostile(lambda: bz2.compress(b" " * 10_000_000), "UTF-8"),
    "21 MB": Hostile(lambda: PLAIN + " " * 21_000_000, "larger than 20 MB"),
    # paths
    "a folder": Hostile(lambda: folder, "folder"),
    "a pipe": Hostile(lambda: fifo, "not a regular file"),
    "a link to itself": Hostile(lambda: lambda path: path.symlink_to(path.name), "a link that leads to no file"),
    "a link to zeros": Hostile(lambda: link("/dev/zero"), "not a regular file"),
    "50 GB of nothing": Hostile(lambda: sparse, "larger than 20 MB"),
    # numbers
    "1e400": Hostile(lambda: PLAIN.replace('value="1"', 'value="1e400"'), "must be a double"),
    "a value of 9 million digits": Hostile(
        lambda: PLAIN.replace('value="1"', f'value="{"9" * DIGITS}"'), "9,000,000 characters"
    ),
    "a number of 9 million digits": Hostile(lambda: with_formula(cn("9" * DIGITS)), "valid double"),
    "an integer of 9 million digits": Hostile(lambda: with_formula(cn("9" * DIGITS, "integer")), "valid integer"),
    "an exponent of 12 digits": Hostile(lambda: with_formula(cn("1<sep/>999999999999", "e-notation")), "."),
    "a rational of huge numbers": Hostile(
        lambda: with_formula(cn(f"{'9' * 1_000_000}<sep/>{'7' * 1_000_000}", "rational")), "."
    ),
    "a rational over 0": Hostile(lambda: with_formula(cn("1<sep/>0", "rational")), "denominator"),
    "a power of 2 billion": Hostile(lambda: with_law(apply("power", ci("S"), cn(2147483647, "integer"))), None),
    "a power of 1e300": Hostile(lambda: with_law(apply("power", ci("S"), cn("1e300"))), None),
    "a huge power of a number": Hostile(lambda: with_formula(apply("power", cn(7), cn("1e300"))), None),
    "a stoichiometry of 1e308": Hostile(
        lambda: document(STATE + listed("Reactions", reaction("J", "S", ci("S"), "1e308"))), None
    ),
    "a stoichiometry of 1e400": Hostile(
        lambda: document(STATE + listed("Reactions", reaction("J", "S", ci("S"), "1e400"))), "."
    ),
    "a size of 0": Hostile(lambda: PLAIN.replace('size="1"', 'size="0"'), None),
    "10^9 dimensions": Hostile(lambda: PLAIN.replace('Dimensions="3"', 'Dimensions="1000000000"'), None),
    "level 10^18": Hostile(lambda: PLAIN.replace('level="3"', 'level="1000000000000000000"'), "."),
    "a factorial of 1e300": Hostile(lambda: with_formula(apply("factorial", cn("1e300"))), None),
    # units
    "a unit with the exponent 10^9": Hostile(lambda: with_units(one_unit(exponent=1_000_000_000)), None),
    "a unit with the exponent 1e300": Hostile(lambda: with_units(one_unit(exponent="1e300")), None),
    "a unit with the scale 10^9": Hostile(lambda: with_units(one_unit(scale=1_000_000_000)), None),
    "a unit with the scale 10^30": Hostile(lambda: with_units(one_unit(scale=10**30)), "."),
    "a unit with the multiplier 1e308": Hostile(lambda: with_units(one_unit(multiplier="1e308")), None),
    "a unit of 50,000 factors": Hostile(lambda: with_units(one_unit() * 50_000), None),
    "an unknown unit": Hostile(lambda: with_units(one_unit(kind="furlong")), "."),
    # numbers of elements
    "50,001 species": Hostile(
        lambda: document(CELL + listed("Species", *(species(f"S{i}") for i in range(50_001)))), "more than 50000"
    ),
    "100,000 parameters": Hostile(
        lambda: document(STATE + listed("Parameters", *(parameter(f"k{i}") for i in range(100_000)))), None
    ),
    "2,000 reactions": Hostile(lambda: many_reactions(2000), None),
    "20,000 reactants": Hostile(
        lambda: PLAIN.replace(
            "</listOfReactants>",
            '<speciesReference species="S" stoichiometry="1" constant="true"/>' * 20_000 + "</listOfReactants>",
        ),
        None,
    ),
    "20,000 names not there": Hostile(
        lambda: with_law(apply("plus", *(ci(f"nothing{i}") for i in range(9000)))), "nothing0"
    ),
    "the same id 20,000 times": Hostile(lambda: document(STATE + listed("Parameters", parameter("k") * 20_000)), "k"),
    # submodels
    "submodels that double": Hostile(
        lambda: composed(
            submodels(one="m0"),
            definitions({f"m{i}": submodels(a=f"m{i + 1}", b=f"m{i + 1}") for i in range(40)} | {"m40": STATE}),
        ),
        "at most 200000",
    ),
    "2,000 submodels in each other": Hostile(
        lambda: composed(
            submodels(one="m0"),
            definitions({f"m{i}": submodels(a=f"m{i + 1}") for i in range(2000)} | {"m2000": STATE}),
        ),
        "more than 50 deep",
    ),
    "10,000 submodels": Hostile(
        lambda: composed(submodels(**{f"s{i}": "m0" for i in range(10_000)}), definitions({"m0": STATE})),
        "at most 2000 are read",
    ),
    "a submodel of itself": Hostile(
        lambda: composed(submodels(one="m0"), definitions({"m0": submodels(two="m0")})), "holds itself"
    ),
    "a file outside": Hostile(lambda: external("../../../../etc/passwd"), "only a file in the folder"),
    "a file of the system": Hostile(lambda: external("/etc/passwd"), "only a file in the folder"),
    "a web address": Hostile(lambda: external("http://127.0.0.1:1/m.xml"), "only a file in the folder"),
    "a share of Windows": Hostile(lambda: external("\\\\127.0.0.1\\c\\m.xml"), "only a file in the folder"),
    "a link out of the folder": Hostile(lambda: linked_out, "is a link"),
    "a pipe beside": Hostile(lambda: pipe_beside, "not a regular file"),
    "a file that takes from itself": Hostile(
        lambda: beside("loop.xml", external("loop.xml"), external("loop.xml")), "itself"
    ),
    "80 files in a chain": Hostile(lambda: chain_of_files, "more than 50 other files"),
    "40 files that double": Hostile(lambda: many_files, "more than 50 deep"),
    # events and packages
    "5,000 events at one time": Hostile(lambda: events(5000), None),
    "an event that sets itself off": Hostile(
        lambda: document(
            STATE
            + listed(
                "Events",
                event("e", apply("gt", ci("S"), cn("0.5")), apply("minus", cn(0), ci("S"))),
                event("f", apply("lt", ci("S"), cn("0.5")), apply("minus", cn(0), ci("S"))),
            )
        ),
        ".",
    ),
    "an event with a delay that is no number": Hostile(
        lambda: document(
            STATE + listed("Events", event("e", apply("geq", ci("S"), cn(1)), cn(2), delay="<notanumber/>"))
        ),
        ".",
    ),
    "an event with an infinite delay": Hostile(
        lambda: document(
            STATE + listed("Events", event("e", apply("geq", ci("S"), cn(1)), cn(2), delay="<infinity/>"))
        ),
        None,
    ),
    "an event with a negative delay": Hostile(
        lambda: document(STATE + listed("Events", event("e", apply("geq", ci("S"), cn(1)), cn(2), delay=cn(-1)))), "."
    ),
    "a required package": Hostile(
        lambda: document(
            "",
            'xmlns:x="http://www.sbml.org/sbml/level3/version1/arrays/version1" x:required="true" '
            'level="3" version="2"',
        ),
        "arrays",
    ),
    "elements of nothing": Hostile(lambda: PLAIN.replace("<model", "<nothing/><model"), "."),
}

FILES = OTHERS | FORMULAS

# those that take more than a third of a second, or more than 400 MB
SLOW = {
    "a function of 1,600 sines called 20 times", "rules that double, powers", "the same id 20,000 times",
    "a function of 5,000 arguments",
    "products of 200 factors", "2,000 submodels in each other", "a million comments", "an attribute of 19 MB",
    "a comment of 19 MB", "10,000 submodels",
    "a million attributes", "two million empty elements", "900,000 elements of an annotation",
    "functions of functions, sums", "functions of functions, powers", "algebraic rules that share everything",
    "a piecewise of 5,000 pieces", "a rate of 5,000 pieces", "a comparison of 5,000", "5,000 conditions, xor",
    "400,000 operators", "4,000 different sines", "100,000 different sines", "a unit of 50,000 factors",
    "100,000 parameters", "2,000 reactions", "20,000 reactants", "5,000 events at one time",
}  # fmt: skip


def write(name: str, path: Path) -> None:
    """Write the file of that name."""
    made = FILES[name].make()
    if callable(made):
        made(path)
    else:
        path.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))
