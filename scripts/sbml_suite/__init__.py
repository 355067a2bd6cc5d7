"""The SBML Test Suite through the reader and the engine: its cases, its rule, and the counts."""
