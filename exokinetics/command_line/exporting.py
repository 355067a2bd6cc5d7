"""`export`: one model into a file, or every shipped model into a folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from exokinetics.command_line.checking import count
from exokinetics.command_line.outcome import Outcome
from exokinetics.errors import WorkFailed, WrongInput


def exporting(
    name: str, variant: str, format: str | None, out: Path | None, verify: bool, until: str | None = None
) -> Outcome:  # fmt: skip
    """Write one model."""
    from exokinetics.catalogue import load
    from exokinetics.interchange import export

    if out is None:
        raise WrongInput("export needs --out FILE, the file to write, such as --out model.xml")
    manifest = export(load(name, variant), out, format=format, verify=verify, until=until)
    return Outcome(asdict(manifest), remarks=[str(manifest)])


def exporting_all(format: str, out: Path | None, verify: bool) -> Outcome:
    """Write every shipped model; one that fails does not stop the others."""
    from exokinetics.catalogue import models
    from exokinetics.interchange import export
    from exokinetics.interchange.exporting import export_format
    from exokinetics.interchange.output_file import require_folder

    if out is None:
        raise WrongInput("export --all needs --out DIR, the folder to write into")
    chosen = export_format(out, format)
    require_folder(out.parent, out)
    try:
        out.mkdir(exist_ok=True)
    except OSError as error:
        raise WrongInput(f"{out}: cannot be made a folder: {error.strerror}") from None
    manifests, failures = [], []
    for name in models():
        try:
            manifests.append(export(name, out / f"{name}.xml", format=chosen, verify=verify))
        except WorkFailed as error:
            failures.append(str(error))
    remarks = [str(manifest) for manifest in manifests]
    remarks.append(f"{out}: {count(len(manifests), 'model')} written as {chosen}.")
    message = "\n".join(failures)
    return Outcome([asdict(each) for each in manifests], remarks=remarks, error=message, code=1 if failures else 0)
