import pytest

from src.base.errors import UserError
from src.datasets.json_records import records


def test_records_come_with_their_numbers_and_plain_numbers(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text('{"videos": [{"id": 1}], "boxes": [{"x": 1.5}, {"x": 2}]}')
    assert list(records(path, "boxes.item")) == [(1, {"x": 1.5}), (2, {"x": 2})]
    assert list(records(path, "nothing.item")) == []


def test_what_breaks_off_is_told_behind_the_last_whole_record(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text('[{"x": 1}, {"x": ')
    found = records(path, "item")
    assert next(found) == (1, {"x": 1})
    with pytest.raises(UserError, match=r"labels\.json, record 2: is not well-formed JSON"):
        next(found)


def test_files_that_are_missing_or_no_text_are_told(tmp_path):
    with pytest.raises(UserError, match="there is no such file of labels"):
        list(records(tmp_path / "none.json", "item"))
    (tmp_path / "bytes.json").write_bytes(b'[{"x": "\xff\xfe"}]')
    with pytest.raises(UserError, match="record 1: is not well-formed JSON"):
        list(records(tmp_path / "bytes.json", "item"))
