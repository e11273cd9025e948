import pytest

from src.base.errors import UserError
from src.datasets.json_records import (
    TEXT,
    UNUSABLE,
    WHOLE,
    Kind,
    keys_at_beginning,
    record_place,
    records,
    wrong_record,
)


def write(folder, text):
    path = folder / "labels.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_records_come_with_their_numbers_and_plain_numbers(tmp_path):
    path = write(tmp_path, '{"videos": [{"id": 1}], "boxes": [{"x": 1.5}, {"x": 2}]}')
    assert list(records(path, "boxes.item")) == [(1, {"x": 1.5}), (2, {"x": 2})]
    assert list(records(path, "nothing.item")) == []


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = write(tmp_path, b'\xef\xbb\xbf[{"x": 1}]')
    assert list(records(path, "item")) == [(1, {"x": 1})]
    assert keys_at_beginning(path) == {"item": {"x"}}


def test_what_breaks_off_is_told_behind_the_last_whole_record(tmp_path):
    path = write(tmp_path, '[{"x": 1}, {"x": ')
    found = records(path, "item")
    assert next(found) == (1, {"x": 1})
    told = r"labels\.json, record 2: is not well-formed JSON, as the file ends in the middle of it"
    with pytest.raises(UserError, match=told):
        next(found)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            '{"a": [{"id": 7}], "b": [{}, {"id": 9, "x": [1 2]}]}',
            "record 2 of b (id 9)",
            "after ar",
        ),
        ('{"a": [{"id": 7}], "b": [{}, {"x": {"id": 3}, "y":', "record 2 of b", "as the file ends"),
        ('{"a": [{"id": 7}], "b"', "record 1 of a (id 7) or behind it", "as the file ends"),
        ('{"a": [{"id": 7}]} "b"', "record 1 of a (id 7) or behind it", "trailing garbage"),
        ('{"a": [{"x": NaN}]}', "record 1 of a", "invalid char"),
        ("no JSON", "labels.json", "invalid"),
    ],
)
def test_the_broken_record_is_named_whichever_list_is_read(tmp_path, text, where, what):
    path = write(tmp_path, text)
    for prefix in ("a.item", "b.item"):
        with pytest.raises(UserError) as error:
            list(records(path, prefix))
        assert f"{where}: is not well-formed JSON" in str(error.value) and what in str(error.value)


def test_files_that_are_missing_or_no_text_are_told(tmp_path):
    with pytest.raises(UserError, match="there is no such file of labels"):
        list(records(tmp_path / "none.json", "item"))
    path = write(tmp_path, b'[{"x": "\xff\xfe"}]')
    with pytest.raises(UserError, match=r"record 1: is not well-formed JSON \(lexical error: inv"):
        list(records(path, "item"))


def test_a_record_that_is_no_object_is_told(tmp_path):
    path = write(tmp_path, '{"images": [{"id": 1}, 3]}')
    found = records(path, "images.item")
    next(found)
    with pytest.raises(UserError, match=r"record 2 of images: is no object in braces"):
        next(found)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"id": 4}, "(id 4): has no name; a text is right"),
        ({"id": "four", "name": "x"}, "(id four): its id is 'four'; a whole number is right"),
        ({"id": 4, "name": None}, "(id 4): its name is None; a text is right"),
        ({"id": 4, "name": "x", "w": "3"}, "(id 4): its w is '3'; a whole number is right"),
        ({"id": 4, "name": "x", "w": None}, "(id 4): its numbers are too large"),
    ],
)
def test_what_is_wrong_with_a_record_is_told(tmp_path, record, told):
    required, optional = {"id": WHOLE, "name": TEXT}, {"w": WHOLE}
    error = wrong_record(tmp_path / "a.json", "boxes.item", 2, record, required, optional)
    assert str(error) == f"{tmp_path}/a.json, record 2 of boxes {told}"


def test_kinds_and_places():
    assert Kind("a box", bool).is_one([1]) and KeyError in UNUSABLE
    assert record_place("a.json", "item", 3) == "a.json, record 3"


def test_keys_at_the_beginning(tmp_path):
    path = write(tmp_path, '{"info": {"year": 1}, "images": [{"id": 1}, {"w": 2}], "boxes": [{"x"')
    keys = keys_at_beginning(path)
    assert keys[""] == {"info", "images", "boxes"} and keys["images.item"] == {"id", "w"}
    assert not keys["nothing"]
    assert not keys_at_beginning(write(tmp_path, b"\xff\xd8 an image"))
    assert not keys_at_beginning(tmp_path / "none.json")


def test_only_the_beginning_is_looked_at(tmp_path):
    path = write(tmp_path, '{"a": "' + "x" * (1 << 20) + '", "b": 1}')
    assert keys_at_beginning(path) == {"": {"a"}}
