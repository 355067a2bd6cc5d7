"""A private store of machine code on disk: what was built once for a key is found again, also by other processes.

Whoever can write into the store can run code as this user. So nothing is read but regular files of this user, in a
folder of this user, that nobody else may write to, and only with the right checksums. Anything else is built anew. No
trouble with the disk is an error: then the code is kept in memory only.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
import sys
import time
from collections.abc import Callable
from hashlib import sha256

VARIABLE = "EXOKINETICS_CACHE"  # the folder; empty or "off" for none
LIMIT = 256 * 2**20  # bytes
MAGIC = b"exokinetics code"
VERSION = 1
HEADER = struct.Struct("<16sIQ32s32s")  # magic, version, length, sha256 of the content, sha256 of the key
UNFINISHED = ".part"
HOUR = 3600.0

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
# No link is followed, no child inherits the file, and a pipe of that name does not block; where the flag exists.
_SAFELY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY", "O_NOINHERIT"))

# Neither needs a lock, which a fork could leave locked for ever: two threads that race do the same work twice.
_memory: dict[bytes, bytes] = {}
_trimmed: set[str] = set()


def kept(key: bytes | str, build: Callable[[], bytes]) -> bytes:
    """What is stored for this key, or else what `build` returns, which is then stored.

    The key must name everything that the content depends on. What `build` raises passes through, and nothing is stored.
    """
    name = sha256(key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")).digest()
    found = _memory.get(name)
    if found is None:
        folder = _private_folder()
        found = _read(folder, name) if folder else None
        if found is None:
            found = build()
            if folder:
                _write(folder, name, found)
        found = _memory.setdefault(name, found)
    return found


def _private_folder() -> str | None:
    """The folder of the store, made if need be; None if there is none or if anybody else could change it."""
    try:
        folder = _chosen_folder()
        if folder is None:
            return None
        if not os.path.isdir(folder):
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            with contextlib.suppress(FileExistsError):  # another process was quicker
                os.mkdir(folder, 0o700)
        # The folder itself, and the link to it if it is one: whoever owns a link decides where it leads.
        places = (os.stat(folder), os.lstat(folder))
        private = stat.S_ISDIR(places[0].st_mode) and _is_ours(places[0]) and _is_our_own(places[1])
        return folder if private else None
    except (OSError, ValueError):
        return None


def _chosen_folder() -> str | None:
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        folder = "" if chosen.strip().lower() == "off" else os.path.expanduser(chosen.strip())
        return os.path.abspath(folder) if folder and not folder.startswith("~") else None  # "~" is left: no such user
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        parent = os.path.expanduser("~/Library/Caches")
    else:
        parent = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(parent):  # which the XDG specification says to ignore
            parent = os.path.expanduser("~/.cache")
    return os.path.join(parent, "exokinetics") if os.path.isabs(parent) else None


def _is_our_own(status: os.stat_result) -> bool:
    """Whether this user is the owner; taken for granted on Windows, where the user's profile is private by default."""
    return sys.platform == "win32" or status.st_uid == os.geteuid()


def _is_ours(status: os.stat_result) -> bool:
    """Whether this user owns it and nobody else may write to it."""
    return _is_our_own(status) and (sys.platform == "win32" or not status.st_mode & _WRITABLE_BY_OTHERS)


def _read(folder: str, name: bytes) -> bytes | None:
    """The content of a file if all about it is right, else None."""
    path = os.path.join(folder, name.hex())
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _SAFELY), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not (stat.S_ISREG(status.st_mode) and _is_ours(status) and status.st_size <= LIMIT):
                return None
            content = _verified(file.read(), name)
    except OSError:
        return None
    if content is not None and abs(time.time() - status.st_mtime) > HOUR:
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of last use; to the hour, so that most hits write nothing
    return content


def _verified(data: bytes, name: bytes) -> bytes | None:
    """The content behind the header, if the header is right for it and for the key."""
    if len(data) < HEADER.size:
        return None
    content = data[HEADER.size :]
    return content if data[: HEADER.size] == _header(content, name) else None


def _header(content: bytes, name: bytes) -> bytes:
    return HEADER.pack(MAGIC, VERSION, len(content), sha256(content).digest(), name)


def _write(folder: str, name: bytes, content: bytes) -> None:
    """Write a file aside and rename it, so that no reader ever sees half of it and the last of two writers wins."""
    path = os.path.join(folder, name.hex())
    aside = f"{path}.{os.urandom(8).hex()}{UNFINISHED}"
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_header(content, name) + content)
            os.replace(aside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(aside)
            raise
        _trim(folder)
    except OSError:
        pass


def _trim(folder: str) -> None:
    """Once in a process: if the folder is over the limit, remove what was used least recently, down to 3/4 of it."""
    if folder in _trimmed:
        return
    _trimmed.add(folder)
    with os.scandir(folder) as entries:
        files = sorted(filter(None, map(_own_file, entries)))
    total = sum(size for _, size, _ in files)
    enough = LIMIT * 3 // 4 if total > LIMIT else LIMIT
    for used, size, path in files:
        abandoned = path.endswith(UNFINISHED) and time.time() - used > HOUR  # by a process that was ended
        if total > enough or abandoned:
            with contextlib.suppress(OSError):
                os.remove(path)
                total -= size


def _own_file(entry: os.DirEntry[str]) -> tuple[float, int, str] | None:
    """Time of last use, size and path of a file of the store; None for what else a user has in that folder."""
    if not re.fullmatch(r"[0-9a-f]{64}(\.[0-9a-f]{16}\.part)?", entry.name):
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return (status.st_mtime, status.st_size, entry.path) if stat.S_ISREG(status.st_mode) else None
