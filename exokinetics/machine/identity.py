"""Which version of the program wrote a piece of machine code: stored code is used again only by the same one."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path


@cache
def digest_of(*packages: str) -> str:
    """A digest of the source of some modules or packages, told by name, size and time of the last change of each file.

    So no number has to be raised by hand when one of them changes.
    """
    digest = sha256()
    for package in packages:
        spec = find_spec(package)
        if spec is None:
            continue
        inside = [path for folder in spec.submodule_search_locations or () for path in Path(folder).rglob("*.py")]
        for path in sorted(inside or [Path(spec.origin or "")]):
            status = path.stat()
            digest.update(repr((str(path), status.st_size, status.st_mtime_ns)).encode())
    return digest.hexdigest()
