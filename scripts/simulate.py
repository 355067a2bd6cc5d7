"""Simulate a model; the same as `exokinetics simulate`.

Runs from a checkout, installed or not: `python scripts/simulate.py --help`.
"""

import sys
from pathlib import Path

# the checkout, in place of this folder, whose files would stand in for modules of the same name
sys.path[0] = str(Path(__file__).resolve().parents[1])

from exokinetics.command_line import main  # noqa: E402  # it is found only now

if __name__ == "__main__":
    sys.exit(main(command="simulate"))
