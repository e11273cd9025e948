import numpy as np
import pytest

from src.datasets.segments import Segment
from src.datasets.sequences import load_video
from src.evaluating.validation import ValidationTracking
from src.network.siamese import build_network
from tests.support.helpers import make_clip
from tests.support.parameter_files import TINY, load_design
from tests.support.trackers import IdentityTracker, OracleTracker

DESIGN = load_design(**(TINY | {"filter_num": [2, 2, 2, 2, 2]}))


@pytest.fixture
def segments(tmp_path):
    boxes = [make_clip(tmp_path / name, 5, seed=seed) for seed, name in enumerate("ab")]
    return [
        Segment(load_video(tmp_path, name), 0, box[0], name)
        for name, box in zip("ab", boxes, strict=True)
    ]


def test_scores_are_means_over_the_videos(segments):
    network, copy = (build_network(DESIGN, seed) for seed in (1, 2))
    perfect = OracleTracker(segments[0].sequence.boxes_ltwh)
    judge = ValidationTracking(network, copy, lambda net: perfect, segments[:1], 20)
    assert judge() == {"success_auc": pytest.approx(20 / 21), "precision": 1.0}
    one, other, both = (
        ValidationTracking(network, copy, lambda net: IdentityTracker(), part, 2)()
        for part in (segments[:1], segments[1:], segments)
    )
    for key, value in both.items():
        assert value == pytest.approx((one[key] + other[key]) / 2)


def test_the_tracker_has_the_weights_as_they_are_now(segments):
    network = build_network(DESIGN, 1, "bfloat16")
    copy = build_network(DESIGN, 2)
    seen = []
    judge = ValidationTracking(
        network, copy, lambda net: seen.append(net) or IdentityTracker(), segments[:1], 20
    )
    kernel = network.backbone.conv1.convolution.kernel
    kernel.assign(kernel * 2)
    judge()
    assert seen == [copy]
    for ours, theirs in zip(copy.weights, network.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
