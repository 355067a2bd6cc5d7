"""The experiments behind the checks of the catalogue; their table is models/checks.csv, which `coverage` reads.

python scripts/check_catalogue.py [MODEL ...] [--draws 256] [--all] [--write-pages]

Without names every model that ships and changed since it was examined; with --all every one. In each, 256 draws from
its ranges: the cargo raised to half of its direct effect, the outcome against what the review says, the same without
the cargo, and with one edge reversed. See docs/coverage.md.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

from exokinetics import load, models
from exokinetics.data_files import data_folder
from exokinetics.reports.catalogue_pages import write_pages
from exokinetics.reports.catalogue_table import CatalogueRow, read_rows
from exokinetics.reports.row_checks import TABLE, check_of, checks_text, digest_of_model, read_checks
from exokinetics.reports.row_experiment import DRAWS


def rows_by_model() -> dict[str, list[CatalogueRow]]:
    """The rows of every shipped model of the catalogue."""
    shipped, found = set(models()), dict[str, list[CatalogueRow]]()
    for row in read_rows():
        if row.model in shipped:
            found.setdefault(row.model, []).append(row)
    return found


def write(text: str, path: Path) -> None:
    """Write aside, then rename."""
    aside = path.with_suffix(".part")
    aside.write_text(text, "utf-8")
    os.replace(aside, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="names; all of the catalogue without")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--all", action="store_true", help="also what did not change")
    parser.add_argument("--write-pages", action="store_true", help="then write the pages made from it")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # overflow far above any dose
    rows, checks = rows_by_model(), read_checks()
    checks = {name: check for name, check in checks.items() if name in rows}
    failed = 0
    for name in options.models or rows:
        model = load(name)
        known = checks.get(name)
        if known and known.digest == digest_of_model(model) and not (options.all or options.models):
            continue
        check = checks[name] = check_of(model, rows[name], draws=options.draws)
        fault = check.fault(any(row.asserted for row in rows[name]))
        failed += bool(fault)
        print(f"{name}: {fault or 'ok'}", flush=True)
        write(checks_text(checks.values()), data_folder("models") / TABLE)
    print(f"{len(checks)} models, {failed} of those examined now failed")
    if options.write_pages:
        write_pages(Path(__file__).resolve().parents[1])


if __name__ == "__main__":
    main()
