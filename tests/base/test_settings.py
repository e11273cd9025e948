import json

import pytest

from src.base.errors import UserError
from src.base.settings import (
    asked_part,
    claim,
    differences,
    differing_keys,
    flat,
    refuse_others,
)

OLD = {"weights": "a", "design": {"context": 0.5, "levels": [1, 2], "net": ""}, "seed": 1}


def test_equal_settings_have_no_differences():
    assert differences(OLD, json.loads(json.dumps(OLD))) == []
    assert differences({}, {}) == []


def test_every_difference_names_key_and_both_values():
    new = {"weights": "b", "design": {"context": 0.25, "levels": [1], "net": ""}, "seed": 1}
    assert differences(OLD, new) == [
        "design.context 0.5, now 0.25",
        "design.levels [1, 2], now [1]",
        'weights "a", now "b"',
    ]


def test_a_missing_key_is_null():
    assert differences({"a": None}, {}) == differences({}, {"a": None}) == []
    assert differences({"a": {}}, {}) == []
    assert differences({"a": 1}, {"b": True}) == ["a 1, now null", "b null, now true"]
    assert differences({}, {"design": {"b": 2, "a": "x"}}) == [
        'design.a null, now "x"',
        "design.b null, now 2",
    ]


def test_an_object_in_place_of_a_value_is_told():
    assert differences({"a": 1}, {"a": {"b": 2}}) == ["a 1, now null", "a.b null, now 2"]


def test_flat_joins_keys_by_dots():
    assert flat({"a": {"b": {"c": 1}, "d": [2]}, "e": {}}) == {"a.b.c": 1, "a.d": [2]}


def test_keys_that_differ_between_many_come_in_their_order():
    ours = [{"seed": 1, "a": {"x": 1, "b": 2}}, {"seed": 1, "a": {"x": 1, "b": 3}}]
    assert differing_keys(ours) == ["a.b"]
    assert differing_keys([*ours, {"a": {"x": 1, "b": 2}}]) == ["seed", "a.b"]
    assert differing_keys(ours[:1]) == differing_keys([]) == []


def test_only_the_keys_that_are_asked_for_count():
    new = {"design": {"context": 0.5, "margin": 8}, "seed": 2}
    assert asked_part(OLD, new) == {"design": {"context": 0.5}, "seed": 1}
    assert differences(asked_part(OLD, new), new) == ["design.margin null, now 8", "seed 1, now 2"]


def test_a_refusal_names_place_differences_and_advice():
    refuse_others("there", [], "move")
    with pytest.raises(UserError) as refused:
        refuse_others("there", ["a 1, now 2", "b 3, now 4"], "move")
    assert str(refused.value) == "there: belongs to other settings (a 1, now 2, b 3, now 4); move"


def test_a_new_place_is_claimed_and_goes_on_with_the_same_settings(tmp_path):
    path = tmp_path / "new" / "settings.json"
    claim(path, {"levels": (1, 2)}, "move")
    written = path.read_bytes()
    assert json.loads(written) == {"levels": [1, 2]}
    claim(path, {"levels": (1, 2)}, "move")
    assert path.read_bytes() == written


def test_a_place_of_others_is_refused_and_stays_as_it_is(tmp_path):
    path = tmp_path / "settings.json"
    claim(path, OLD, "move")
    written = path.read_bytes()
    with pytest.raises(UserError) as refused:
        claim(path, OLD | {"seed": 2}, "take another folder")
    told = f"{tmp_path}: belongs to other settings (seed 1, now 2); take another folder"
    assert str(refused.value) == told
    assert path.read_bytes() == written


@pytest.mark.parametrize("text", ["{", "[1]", "", "3"])
def test_a_damaged_claim_is_named_and_kept(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(UserError, match=rf"{path}: is not the JSON object .*; move"):
        claim(path, OLD, "move")
    assert path.read_text() == text
