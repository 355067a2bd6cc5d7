"""The command line `exokinetics`: each command reads its arguments, calls one public function, and prints or draws.

This module loads next to nothing, so that `exokinetics --help` is quick; the work is imported by the command run.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from exokinetics.command_line.outcome import INTERRUPTED, Outcome, deliver, refuse
from exokinetics.errors import ExokineticsError, WrongInput

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, *, command: str | None = None) -> int:
    """Run the command line and return its exit code; `command` names the one that a script stands for.

    0: done. 1: the work failed. 2: wrong input or usage. No expected failure shows a traceback.
    """
    given = [str(each) for each in (sys.argv[1:] if arguments is None else arguments)]
    if sys.stdout is None:  # the caller closed it; there is nobody to read
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (it serves until the end)
    as_json, quiet = "--json" in given, "--quiet" in given
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")  # what matters to users is in results and reasons
            return _run(given, command, as_json, quiet)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader has gone; nothing more may be written, not even when Python closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except MemoryError:
        return refuse("this needs more memory than there is; ask for fewer points, outputs or draws", 1, as_json)
    except OSError as error:
        print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _run(given: list[str], command: str | None, as_json: bool, quiet: bool) -> int:
    from exokinetics.command_line.application import invoke

    try:
        outcome = invoke(given, command)
    except WrongInput as error:
        return refuse(str(error), 2, as_json)
    except ExokineticsError as error:
        return refuse(str(error), 1, as_json)
    code = deliver(outcome, as_json, quiet) if isinstance(outcome, Outcome) else int(outcome)
    sys.stdout.flush()
    return code
