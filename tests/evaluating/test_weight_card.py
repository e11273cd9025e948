import json

import pytest

from src.base.errors import UserError
from src.base.files import file_sha256
from src.datasets.segments import Segment
from src.datasets.sequences import load_video
from src.evaluating.validation import card_differences, check_file, read_card, score_videos
from tests.support.helpers import make_clip
from tests.support.trackers import OracleTracker

SCORES = {"a": {"success_auc": 0.5, "precision_20px": 0.75}}
SCORES["mean"] = SCORES["a"]


def test_a_perfect_tracker_has_perfect_scores(tmp_path):
    boxes = make_clip(tmp_path / "a", 5)
    segment = Segment(load_video(tmp_path, "a"), 0, boxes[0], "a")
    scores = score_videos(OracleTracker(boxes), [segment])
    perfect = {"success_auc": round(20 / 21, 4), "precision_20px": 1.0}
    assert scores == {"a": perfect, "mean": perfect}


def test_scores_near_the_cards_confirm_it():
    near = {"a": {}, "mean": {"success_auc": 0.51, "precision_20px": 0.74}}
    assert card_differences(SCORES, near) == []
    far = {"a": {}, "mean": {"success_auc": 0.45, "precision_20px": 0.75}}
    (told,) = card_differences(SCORES, far)
    assert "success_auc is 0.4500 in the mean, the card says 0.5000" in told
    other = {"b": {}, "mean": SCORES["mean"]}
    assert card_differences(SCORES, other) == ["the card is about other videos: a, b"]


def test_the_file_must_be_the_cards(tmp_path):
    weights = tmp_path / "a.npz"
    weights.write_bytes(b"weights")
    card = {"file": "a.npz", "sha256": file_sha256(weights)}
    check_file(card, tmp_path)
    weights.write_bytes(b"others")
    with pytest.raises(UserError, match="the card says"):
        check_file(card, tmp_path)
    weights.unlink()
    with pytest.raises(UserError, match="does not exist"):
        check_file(card, tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({"file": "a", "sha256": "b"})])
def test_what_is_no_card_is_told(tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(UserError, match="is not the card"):
        read_card(tmp_path / "card.json")
