"""SBML Level 3: models written with exact numbers and checked units, and files of any tool read."""
