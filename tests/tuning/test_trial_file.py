import json

import pytest

from src.base.errors import UserError
from src.tuning.search import Unit, VideoScore
from src.tuning.trials import open_trials

SETTINGS = {"weights": "w 1", "design": {"net": "", "filter_num": (8, 16)}, "seed": 1}
UNITS = [Unit(k, video, {"z_lr": k / 3, "scale_lr": 0.5}) for k in (0, 1) for video in "ab"]
SCORES = [VideoScore(0.1 + k / 7, k / 9) for k in range(4)]


@pytest.fixture
def path(tmp_path):
    """A file of four finished tracks in a folder that was not there."""
    path = tmp_path / "new" / "best_trials.jsonl"
    with open_trials(path, SETTINGS) as file:
        for unit, score in zip(UNITS, SCORES, strict=True):
            assert file.find(unit) is None
            file.add(unit, score)
            assert file.find(unit) == score
    return path


def found(path, settings=SETTINGS):
    with open_trials(path, settings) as file:
        return [file.find(unit) for unit in UNITS]


def test_scores_are_found_again_to_the_last_bit(path):
    before = path.read_bytes()
    assert found(path) == SCORES
    assert path.read_bytes() == before


def test_the_file_tells_its_settings_and_every_track(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {"settings": json.loads(json.dumps(SETTINGS))}
    assert lines[2] == {
        "trial": 0,
        "video": "b",
        "values": UNITS[1].values,
        "success_auc": SCORES[1].success_auc,
        "precision_20px": SCORES[1].precision_20px,
    }


def test_a_track_with_other_values_is_another(path):
    with open_trials(path, SETTINGS) as file:
        assert file.find(Unit(0, "a", {"z_lr": 0.1, "scale_lr": 0.5})) is None
        # equal values are tracked once, whatever the trial
        assert file.find(UNITS[0]._replace(trial=7)) == SCORES[0]


@pytest.mark.parametrize("lost", [1, 2, 30])
def test_a_line_cut_short_is_ignored_and_written_over(path, lost):
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    with open_trials(path, SETTINGS) as file:
        assert [file.find(unit) for unit in UNITS] == [*SCORES[:3], None]
        file.add(UNITS[3], SCORES[3])
    assert path.read_bytes() == whole


def test_settings_cut_short_are_written_anew(path):
    path.write_bytes(path.read_bytes()[:20])
    assert found(path) == [None] * 4
    assert found(path) == [None] * 4
    assert len(path.read_text().splitlines()) == 1


def test_other_settings_are_refused_by_name_and_nothing_is_changed(path):
    before = path.read_bytes()
    other = SETTINGS | {"weights": "w 2", "design": {"net": "x.mat", "filter_num": [8, 16]}}
    with pytest.raises(UserError) as refused:
        found(path, other)
    assert 'weights "w 1", now "w 2"' in str(refused.value)
    assert 'design.net "", now "x.mat"' in str(refused.value)
    assert "filter_num" not in str(refused.value) and "seed" not in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"no json\n",
        b"[]\n",
        b"{}\n",
        b'{"settings": 3}\n',
        b"\xff\xfe\n",
        b'{"settings": {}}\n{"trial": 1}\n',
        b'{"settings": {}}\n{"success_auc": 1, "precision_20px": 1, "video": [], "values": {}}\n',
    ],
)
def test_other_files_are_refused_and_kept(tmp_path, content):
    path = tmp_path / "x_trials.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match="is not the file of trials"):
        found(path, {})
    assert path.read_bytes() == content


def test_two_searches_do_not_share_a_file(path):
    with (
        open_trials(path, SETTINGS),
        pytest.raises(UserError, match="another search"),
        open_trials(path, SETTINGS),
    ):
        pass
    assert found(path) == SCORES


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match="trials cannot be written here"),
        open_trials(tmp_path / "file" / "x_trials.jsonl", SETTINGS),
    ):
        pass
