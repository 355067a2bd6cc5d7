"""`python -m exokinetics` is the command line."""

import sys

from exokinetics.command_line import main

if __name__ == "__main__":
    sys.exit(main())
