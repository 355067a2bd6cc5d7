"""Rodas5P in lanes: a Rosenbrock method of order 5 with dense output, as machine code."""
