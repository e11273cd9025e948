"""Tracks with the recommended tracker on two logical devices at once, each in a thread of its own.

python -m tests.support.devices_driver: prints JSON, by device the place of the filter's state and
the boxes.
"""

import json
import threading

import tensorflow as tf

from src.api import Tracker
from tests.support.embedded_clips import clip_of

LOGICAL = ("CPU:0", "CPU:1")
CLIP, N_FRAMES = "test_000_occlusion_distractor", 13


def follow(tracker: Tracker, device: str) -> dict:
    """One track on one device."""
    frames, box_ltwh = clip_of(CLIP, N_FRAMES)
    with tf.device(device):
        tracker.init(frames[0], box_ltwh)
        boxes = [tracker.update(frame).box.tolist() for frame in frames[1:]]
    return {"place": tracker._tracker.state.online.taps.device, "boxes": boxes}


def load_on(device: str) -> Tracker:
    """The recommended tracker with its weights on a device."""
    with tf.device(device):
        return Tracker.load()


if __name__ == "__main__":
    [cpu] = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration() for _ in LOGICAL]
    )
    # an operation whose device lacks it fails instead of going elsewhere
    tf.config.set_soft_device_placement(False)
    told: dict[str, dict] = {}
    trackers = {device: load_on(device) for device in LOGICAL}

    def run(device: str) -> None:
        told[device] = follow(trackers[device], device)

    threads = [threading.Thread(target=run, args=(device,)) for device in LOGICAL]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # a program that trains may load a tracker among its replicas
    with tf.distribute.MirroredStrategy(LOGICAL).scope():
        mirrored = Tracker.load()
    told["mirrored"] = follow(mirrored, LOGICAL[1])
    print(json.dumps(told))
