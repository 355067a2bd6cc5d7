"""SBML Level 3: models written with exact numbers and checked units, and files of other tools read by the specification."""
