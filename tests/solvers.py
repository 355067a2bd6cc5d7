"""NDF and the solvers of libraries, for tests over all of them; one that is not installed is skipped."""

from importlib.util import find_spec

import pytest

needs_cvode = pytest.mark.skipif(find_spec("sksundae") is None, reason="needs scikit-sundae")
SOLVERS = ["ndf", "lsoda", "bdf", "radau", pytest.param("cvode", marks=needs_cvode)]
