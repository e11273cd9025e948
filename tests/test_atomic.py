import stat

import pytest

from src.atomic import atomic_path, atomic_write_bytes, atomic_write_text


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
