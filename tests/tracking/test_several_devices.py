"""A tracker computes where its program asks for it, with the filter that learns."""

import json
import subprocess
import sys

import numpy as np

from src.datasets.sequences import load_video
from tests.support.devices_driver import CLIP, LOGICAL, N_FRAMES
from tests.support.embedded_clips import TEST_CLIPS
from tests.support.places import ROOT


def test_on_each_of_two_devices_the_track_is_the_same():
    command = [sys.executable, "-m", "tests.support.devices_driver"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    boxes = {where: np.array(track["boxes"]) for where, track in told.items()}
    for device in LOGICAL:
        assert told[device]["place"].endswith(device)
    truth = load_video(TEST_CLIPS, CLIP).boxes_ltwh[1:N_FRAMES]
    for found in boxes.values():
        np.testing.assert_allclose(found, boxes[LOGICAL[0]], atol=0.05)
        middles = [box[:, :2] + box[:, 2:] / 2 for box in (found, truth)]
        assert np.linalg.norm(middles[0] - middles[1], axis=1).max() < 15
