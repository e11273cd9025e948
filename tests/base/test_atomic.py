import errno
import re
import stat
from pathlib import Path

import pytest

from src.base.errors import UserError
from src.base.files import (
    atomic_folder,
    atomic_path,
    atomic_write_bytes,
    atomic_write_text,
    file_crc32,
    file_sha256,
    full_disk_names,
    named_file,
    new_file,
    new_folder,
)
from tests.support.full_disk import files_up_to


def test_a_file_appears_whole_with_its_folder(tmp_path):
    path = tmp_path / "new folder" / "größe.txt"
    atomic_write_text(path, "line\n")
    assert path.read_bytes() == b"line\n"
    atomic_write_bytes(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(path.parent.iterdir()) == [path]


def test_the_other_name_can_end_as_a_writer_wants(tmp_path):
    with atomic_path(tmp_path / "a.mp4", suffix=".part.mp4") as part:
        assert part.name.endswith(".part.mp4") and part.parent == tmp_path
    assert list(tmp_path.iterdir()) == [tmp_path / "a.mp4"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    path.write_text("old")

    def write():
        with atomic_path(path) as part:
            part.write_text("half of the n")
            assert path.read_text() == "old"
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_unfinished_file_lies_beside_and_is_hidden(tmp_path):
    with atomic_path(tmp_path / "a.bin") as part:
        assert part.parent == tmp_path
        assert part.name.startswith(".")
        assert part.suffix == ".part"


def test_others_may_read_it_as_any_new_file(tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("x")
    atomic_write_text(tmp_path / "atomic", "x")
    assert stat.S_IMODE((tmp_path / "atomic").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_folder_appears_whole(tmp_path):
    path = tmp_path / "new" / "folder"
    with atomic_folder(path) as part:
        assert part.parent == path.parent
        assert part.name.startswith(".")
        (part / "inner").mkdir()
        (part / "inner" / "a.txt").write_text("a")
        assert not path.exists()
    assert (path / "inner" / "a.txt").read_text() == "a"
    assert list(path.parent.iterdir()) == [path]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_folder_may_be_empty_before(tmp_path):
    (tmp_path / "a").mkdir()
    with atomic_folder(tmp_path / "a") as part:
        (part / "a.txt").write_text("a")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "a.txt"]


def test_a_folder_that_was_filled_meanwhile_stays(tmp_path):
    def write():
        with atomic_folder(tmp_path / "a") as part:
            (part / "a.txt").write_text("new")
            (tmp_path / "a").mkdir()
            (tmp_path / "a" / "a.txt").write_text("old")

    with pytest.raises(UserError, match="a: another program has written it meanwhile"):
        write()
    assert (tmp_path / "a" / "a.txt").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_failure_leaves_no_folder(tmp_path):
    def write():
        with atomic_folder(tmp_path / "a") as part:
            (part / "a.txt").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert not list(tmp_path.iterdir())


def test_a_killed_process_leaves_no_folder_of_that_name(tmp_path, run_python):
    done = run_python(
        "import os, signal\n"
        "from src.base.files import atomic_folder\n"
        f"with atomic_folder({str(tmp_path / 'a')!r}) as part:\n"
        "    (part / 'a.txt').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert done.returncode == -9
    assert not (tmp_path / "a").exists()


def test_a_new_file_has_its_suffix_and_nothing_lies_there(tmp_path):
    (tmp_path / "mine.png").write_text("mine")
    (tmp_path / "folder.png").mkdir()
    assert new_file(tmp_path / "none" / "new.PNG", ".png") == tmp_path / "none" / "new.PNG"
    assert named_file(tmp_path / "mine.png", ".png") == tmp_path / "mine.png"
    for path, told in (
        (None, "--out is missing: name the .png file"),
        (Path(""), "--out is missing: name the .png file"),
        (tmp_path / "new.jpg", "ends in .png is right"),
        (tmp_path / ".png", "ends in .png is right"),
        (tmp_path / "folder.png", "ends in .png is right"),
        (tmp_path / "mine.png", f"--out {tmp_path / 'mine.png'}: exists already"),
    ):
        with pytest.raises(UserError, match=re.escape(told)):
            new_file(path, ".png")


def test_a_new_folder_is_not_there_or_empty(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine")
    for name in ("new", "empty"):
        assert new_folder(tmp_path / name) == tmp_path / name
    for path, told in (
        (None, "--out is missing: name the folder"),
        (tmp_path / "file", "is a file"),
        (tmp_path, "is not empty"),
    ):
        with pytest.raises(UserError, match=told):
            new_folder(path)


def test_sums_of_a_file_are_the_published_ones(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"123456789")
    assert file_crc32(path) == 0xCBF43926  # the check value of CRC-32
    path.write_bytes(b"abc")  # FIPS 180-4, example 1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(path) == expected


def test_a_full_disk_names_the_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with files_up_to(100), pytest.raises(OSError, match="too large") as told:
        atomic_write_text(path, "x" * 1000)
    assert told.value.filename == str(path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (OSError(errno.ENOSPC, "full"), "here"),
        (OSError(errno.EDQUOT, "over the quota"), "here"),
        (OSError(errno.ENOSPC, "full", "there"), "there"),
        (OSError(errno.EIO, "of a file that is read meanwhile"), None),
        (OSError("a library's own"), None),
    ],
)
def test_only_a_full_disk_gets_the_name(error, named):
    with pytest.raises(OSError) as told, full_disk_names("here"):
        raise error
    assert told.value.filename == named
