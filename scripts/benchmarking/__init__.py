"""The parts of `scripts/benchmark.py`: the problems, the tools that solve them, and how they are compared."""
