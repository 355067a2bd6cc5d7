"""Which version of the program wrote a piece of machine code: stored code is used again only by the same one."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path


@cache
def digest_of(*packages: str) -> str:
    """A digest of the source of some packages, so that no number has to be raised by hand when one of them changes."""
    digest = sha256()
    for package in packages:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).glob("*.py")):
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
