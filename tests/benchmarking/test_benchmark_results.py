"""The file of a benchmark: whole, never overwritten, and told from others."""

import pytest
from pydantic import ValidationError

from src.base.errors import UserError
from src.benchmarking.results import Measure, read_results, write_results
from tests.support.benchmark_examples import results, variant


def test_a_file_gives_back_what_was_written(tmp_path):
    before = results(variant(crop=2.0, update=8.0))
    write_results(tmp_path / "a.json", before)
    assert read_results(tmp_path / "a.json") == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "other"}', "\xff", "null"])
def test_other_files_are_told(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match="no result of this benchmark"):
        read_results(path)


def test_a_file_of_a_later_version_is_told(tmp_path):
    write_results(tmp_path / "a.json", results(variant(crop=2.0)))
    text = (tmp_path / "a.json").read_text().replace("version 1", "version 2")
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match="no result of this benchmark"):
        read_results(tmp_path / "a.json")


def test_a_file_that_tells_more_of_a_part_is_read(tmp_path):
    before = results(variant(crop=2.0))
    write_results(tmp_path / "a.json", before)
    text = (tmp_path / "a.json").read_text()
    older = text.replace('"peak_mb": 100.0', '"peak_mb": 100.0, "peak_children_mb": 7.0')
    assert older != text
    (tmp_path / "a.json").write_text(older)
    assert read_results(tmp_path / "a.json") == before


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(UserError, match="there is no such file"):
        read_results(tmp_path / "a.json")
    with pytest.raises(UserError, match="no result of this benchmark"):
        read_results(tmp_path)


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValidationError):
        Measure(unit="ms", value=float("nan"))
