"""Hostile formulas: deep, long, doubled, in circles, or naming what is not there."""

from __future__ import annotations

from hostile_parts import (
    CELL,
    Hostile,
    algebraic,
    apply,
    call,
    ci,
    cn,
    composed_functions,
    document,
    doubling_functions,
    doubling_rules,
    function,
    listed,
    many_sines,
    nested,
    nested_pieces,
    pieces,
    reaction,
    rules_in_a_circle,
    species,
    squaring_rules,
    symbol,
    wide_products,
    with_formula,
    with_law,
)

DEEP = "more than 200 deep"

FORMULAS: dict[str, Hostile] = {
    # formulas
    "operators in each other": Hostile(lambda: with_formula(nested("sin", 100_000, ci("k"))), DEEP),
    "operators 180 deep": Hostile(lambda: with_formula(nested("sin", 180, ci("S"))), None),
    "powers 180 deep": Hostile(
        lambda: with_law(f"{'<apply><power/>' * 180}{ci('S')}{(cn(2) + '</apply>') * 180}"), None
    ),
    "towers 180 deep": Hostile(
        lambda: with_law(f"{('<apply><power/>' + ci('S')) * 180}{ci('S')}{'</apply>' * 180}"), None
    ),
    "functions that double, sums": Hostile(
        lambda: with_formula(call("f999", ci("S")), doubling_functions(1000, "plus")), "nested too deeply"
    ),
    "functions that double, powers": Hostile(
        lambda: with_formula(call("f999", ci("S")), doubling_functions(1000, "power")), "nested too deeply"
    ),
    "functions of functions, sums": Hostile(
        lambda: with_formula(call("f60", ci("S")), composed_functions(61, "plus")), "too large|simplify"
    ),
    "functions of functions, powers": Hostile(
        lambda: with_formula(call("f60", ci("S")), composed_functions(61, "power")), "too large|simplify"
    ),
    "a function that calls itself": Hostile(
        lambda: with_formula(call("f", ci("S")), listed("FunctionDefinitions", function("f", call("f", ci("x"))))), "f"
    ),
    "two functions in a circle": Hostile(
        lambda: with_formula(
            call("f", ci("S")),
            listed("FunctionDefinitions", function("f", call("g", ci("x"))), function("g", call("f", ci("x")))),
        ),
        "circle|calls itself|f",
    ),
    "two rules in a circle": Hostile(lambda: rules_in_a_circle(2), "a0|a1"),
    "3,000 functions in a circle": Hostile(
        lambda: with_formula(
            call("f0", ci("S")),
            listed(
                "FunctionDefinitions", *(function(f"f{i}", call(f"f{(i + 1) % 3000}", ci("x"))) for i in range(3000))
            ),
        ),
        "nested too deeply",
    ),
    "a function of 5,000 arguments": Hostile(
        lambda: with_formula(
            call("f", *(ci("S") for _ in range(5000))),
            listed("FunctionDefinitions", function("f", ci("x0"), *(f"x{i}" for i in range(5000)))),
        ),
        None,
    ),
    "rules that double, sums": Hostile(lambda: doubling_rules(60, "plus"), "too many terms"),
    "rules that double, powers": Hostile(lambda: doubling_rules(2000, "power"), None),
    "rules that square": Hostile(lambda: squaring_rules(60), None),
    "rules in a circle": Hostile(lambda: rules_in_a_circle(3000), "too many terms"),
    "algebraic rules that share everything": Hostile(lambda: algebraic(300), "at most 10"),
    "delays in each other": Hostile(
        lambda: with_formula(
            "".join(f"<apply>{symbol('delay')}" for _ in range(150)) + symbol("time") + (cn(1) + "</apply>") * 150
        ),
        None,
    ),
    "a piecewise of 5,000 pieces": Hostile(lambda: with_formula(pieces(5000)), None),
    "a rate of 5,000 pieces": Hostile(lambda: with_law(pieces(5000)), None),
    "piecewise in each other": Hostile(lambda: with_formula(nested_pieces(90)), None),
    "9,000 operands": Hostile(lambda: with_law(apply("plus", *(ci("S") for _ in range(9000)))), None),
    "11,000 operands": Hostile(lambda: with_law(apply("plus", *(ci("S") for _ in range(11000)))), "operands"),
    "a comparison of 5,000": Hostile(
        lambda: with_formula(apply("lt", *(apply("times", ci("S"), cn(i)) for i in range(5000)))), None
    ),
    "5,000 conditions, xor": Hostile(
        lambda: with_formula(apply("xor", *(apply("lt", ci("S"), cn(i)) for i in range(5000)))), None
    ),
    "900 of a maximum": Hostile(
        lambda: with_law(apply("max", *(apply("times", ci("S"), cn(i)) for i in range(900)))), None
    ),
    "5,000 of a maximum": Hostile(lambda: with_law(apply("max", *(ci("S") for _ in range(5000)))), "max"),
    "factorials in each other": Hostile(lambda: with_formula(nested("factorial", 30, ci("S"))), None),
    "an unknown operator": Hostile(lambda: with_formula(apply("frobnicate", ci("S"))), "."),
    "an unknown symbol": Hostile(lambda: with_formula(symbol("nothing")), "."),
    "a name of Python": Hostile(lambda: with_formula(ci("__import__('os').system('true')")), "."),
    "no argument": Hostile(lambda: with_formula(apply("sin")), "."),
    "400,000 operators": Hostile(
        lambda: with_law(
            apply("plus", *(apply("plus", *(apply("sin", ci("S")) for _ in range(400))) for _ in range(900)))
        ),
        None,
    ),
    "4,000 different sines": Hostile(lambda: with_law(many_sines(10)), None),
    "products of 200 factors": Hostile(lambda: with_law(wide_products(100)), "too many operations"),
    "30,000 pieces": Hostile(lambda: with_law(pieces(30_000)), "more than 10000 operands"),
    "100,000 different sines": Hostile(lambda: with_law(many_sines(250)), "too many operations"),
    "a function of 1,600 sines called 20 times": Hostile(
        lambda: document(
            listed("FunctionDefinitions", function("f", many_sines(4, "x")))
            + CELL
            + listed("Species", *(species(f"S{i}") for i in range(20)))
            + listed("Reactions", *(reaction(f"J{i}", f"S{i}", call("f", ci(f"S{i}"))) for i in range(20)))
        ),
        "too many operations",
    ),
}
