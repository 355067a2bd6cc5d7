"""The store of machine code: it finds what it kept, trusts nothing that may have been changed, and never fails."""

import multiprocessing
import os
import stat
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest

from exokinetics.machine import store

KEY, CONTENT = "a key", bytes(range(256)) * 100
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


class Builder:
    """Counts how often it was asked."""

    def __init__(self, content=CONTENT):
        self.content, self.calls = content, 0

    def __call__(self):
        self.calls += 1
        return self.content


def forget():
    """What a new process does not know."""
    store._memory.clear()
    store._trimmed.clear()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    monkeypatch.setenv("EXOKINETICS_CACHE", str(path))
    monkeypatch.setattr(store, "_memory", {})
    monkeypatch.setattr(store, "_trimmed", set())
    return path


def file_of(folder, key=KEY):
    return folder / sha256(key.encode()).hexdigest()


def builds_again(key=KEY):
    """Whether a new process would have to build."""
    forget()
    builder = Builder()
    assert store.kept(key, builder) == CONTENT
    return builder.calls == 1


def test_it_builds_once_and_finds_again(folder):
    builder = Builder()
    assert store.kept(KEY, builder) == CONTENT
    assert store.kept(KEY.encode(), builder) == CONTENT  # text and its bytes are one key
    forget()
    assert store.kept(KEY, builder) == CONTENT
    assert builder.calls == 1
    assert store.kept("another key", Builder(b"")) == b""
    forget()
    assert store.kept("another key", builder) == b""
    assert builder.calls == 1


def test_the_second_call_in_a_process_touches_no_disk(folder):
    store.kept(KEY, Builder())
    file_of(folder).unlink()
    assert store.kept(KEY, Builder(b"other")) == CONTENT


def test_what_build_raises_passes_through_and_nothing_is_kept(folder):
    def fail():
        raise OSError("the builder's own")

    with pytest.raises(OSError, match="the builder's own"):
        store.kept(KEY, fail)
    assert builds_again()


def changed(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


SIZE = store.HEADER.size + len(CONTENT)
DAMAGE = {
    **{f"byte {place}": lambda data, place=place: changed(data, place) for place in (0, 16, 20, 28, 60, 92, SIZE - 1)},
    "empty": lambda data: b"",
    "half a header": lambda data: data[:40],
    "header only": lambda data: data[: store.HEADER.size],
    "last byte missing": lambda data: data[:-1],
    "a byte too many": lambda data: data + b"\0",
    "not ours": lambda data: b"\x7fELF" + bytes(SIZE),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_built_again_and_replaced(folder, damage):
    store.kept(KEY, Builder())
    path = file_of(folder)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert builds_again()
    assert not builds_again()


def test_a_file_renamed_to_another_key_is_not_taken(folder):
    store.kept("another key", Builder(b"wrong"))
    file_of(folder, "another key").rename(file_of(folder))
    assert builds_again()
    assert not builds_again()


@posix
def test_folder_and_files_are_private(folder):
    store.kept(KEY, Builder())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_not_used(folder, mode):
    store.kept(KEY, Builder())
    folder.chmod(mode)
    assert builds_again()
    assert builds_again("another key")
    assert list(folder.iterdir()) == [file_of(folder)]


@posix
@pytest.mark.parametrize("mode", [0o660, 0o602])
def test_a_file_that_others_may_write_to_is_replaced(folder, mode):
    store.kept(KEY, Builder())
    file_of(folder).chmod(mode)
    assert builds_again()
    assert stat.S_IMODE(file_of(folder).stat().st_mode) == 0o600


@posix
def test_a_file_or_folder_of_somebody_else_is_not_used(folder, monkeypatch):
    store.kept(KEY, Builder())
    nobody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: nobody)
    assert builds_again()
    monkeypatch.setattr(store, "_private_folder", lambda: str(folder))  # past the test of the folder
    assert builds_again()


@posix
def test_a_link_in_place_of_a_file_is_not_followed(folder, tmp_path):
    store.kept(KEY, Builder())
    elsewhere = file_of(folder).rename(tmp_path / "elsewhere")
    file_of(folder).symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert builds_again()
    assert not file_of(folder).is_symlink()
    assert elsewhere.read_bytes() == before


@posix
def test_a_link_to_the_folder_is_used_only_if_all_of_it_is_ours(folder, tmp_path):
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    folder.symlink_to(real)
    store.kept(KEY, Builder())
    assert not builds_again()
    real.chmod(0o777)
    assert builds_again()


@posix
def test_a_link_of_somebody_else_is_not_used(folder, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a link away")
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    folder.symlink_to(real)
    os.chown(folder, 12345, 12345, follow_symlinks=False)
    assert builds_again()
    assert builds_again()


@posix
def test_what_is_no_file_does_no_harm(folder):
    store.kept(KEY, Builder())
    file_of(folder).unlink()
    os.mkfifo(file_of(folder))  # reading would wait for ever
    assert builds_again()
    file_of(folder).unlink()
    file_of(folder).mkdir()
    assert builds_again()
    assert builds_again()
    assert [path for path in folder.iterdir() if path.suffix] == []


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_without_a_folder_it_keeps_in_memory(folder, monkeypatch, place):
    folder.write_text("in the way")
    if place == "below a file":
        monkeypatch.setenv("EXOKINETICS_CACHE", str(folder / "below"))
    builder = Builder()
    assert store.kept(KEY, builder) == store.kept(KEY, builder) == CONTENT
    assert builder.calls == 1
    assert folder.read_text() == "in the way"


@pytest.mark.parametrize("failing", ["open", "replace", "mkdir", "scandir"])
def test_an_error_of_the_disk_is_silent(folder, monkeypatch, failing):
    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    builder = Builder()
    assert store.kept(KEY, builder) == store.kept(KEY, builder) == CONTENT
    assert builder.calls == 1
    monkeypatch.undo()
    assert not folder.exists() or [path for path in folder.iterdir() if path.suffix] == []


@pytest.mark.parametrize("value", ["", "off", "OFF", "~nobody-of-this-name/cache"])
def test_the_environment_can_turn_it_off(folder, monkeypatch, tmp_path, value):
    monkeypatch.setenv("EXOKINETICS_CACHE", value)
    monkeypatch.chdir(tmp_path)
    assert builds_again()
    assert builds_again()
    assert list(tmp_path.iterdir()) == []


def test_without_the_variable_it_is_in_the_users_cache(folder, monkeypatch, tmp_path):
    monkeypatch.delenv("EXOKINETICS_CACHE")
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert builds_again()
    assert not builds_again()
    parent = tmp_path / "Library" / "Caches" if sys.platform == "darwin" else tmp_path
    assert file_of(parent / "exokinetics").is_file()
    if sys.platform not in ("win32", "darwin"):
        monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
        assert builds_again()
        assert file_of(tmp_path / ".cache" / "exokinetics").is_file()


def test_the_least_recently_used_make_room(folder, monkeypatch):
    for number in range(8):
        store.kept(str(number), Builder())
        os.utime(file_of(folder, str(number)), (1e9 + number, 1e9 + number))
    foreign = folder / "of the user"
    foreign.write_bytes(CONTENT * 10)
    abandoned = folder / (file_of(folder).name + ".0123456789abcdef.part")
    abandoned.write_bytes(b"half")
    os.utime(abandoned, (2e9, 2e9) if time.time() > 2e9 else (1.5e9, 1.5e9))
    assert not builds_again("0")  # which makes it the one used last
    monkeypatch.setattr(store, "LIMIT", 6 * SIZE)
    assert builds_again("new")
    left = [number for number in range(8) if file_of(folder, str(number)).exists()]
    assert left == [0, 6, 7]  # 9 files, down to 3/4 of 6: with the new one, 4
    assert file_of(folder, "new").exists()
    assert foreign.exists()
    assert not abandoned.exists()
    store.kept("one more", Builder())  # not looked at again in this process
    assert len(list(folder.iterdir())) == 6


def build_slowly(number, start, results):
    start.wait()
    results.put(store.kept(KEY, lambda: time.sleep(0.05) or bytes([number]) * 100_000))


def test_processes_that_race_are_all_right(folder):
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=build_slowly, args=(number, start, results)) for number in (1, 2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    whole = [bytes([number]) * 100_000 for number in (1, 2)]
    assert all(each in whole for each in found)
    assert store.kept(KEY, Builder()) in whole
    assert list(folder.iterdir()) == [file_of(folder)]


def test_threads_that_race_get_the_same(folder):
    start, found = threading.Barrier(8), []

    def ask(number):
        start.wait()
        found.append(store.kept(KEY, lambda: bytes([number]) * 1000))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {found[0]}


def test_it_loads_no_library():
    program = "import sys; import exokinetics.machine.store, exokinetics.machine.host; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "llvmlite"} & set(done.stdout.split())


def test_the_tests_do_not_use_the_store_of_the_user():
    assert "exokinetics-tests-" in Path(os.environ["EXOKINETICS_CACHE"]).name
