"""Light exports of trackers that were made in a test."""

import json

from src.runtime.exports import read_export
from src.runtime.light_tracker import LightTracker
from src.serving.light_tracker import write_light
from src.serving.saved_model import describe_export


def write_export(tracker, folder, quantise="none", samples=None):
    """Writes what `python -m src export --light` writes, of a tracker of one target."""
    functions = write_light(tracker, folder, quantise, samples)
    graph = tracker.graph
    scales = graph.near.scales.numpy()
    told = describe_export(folder, graph.design, graph.hp, scales, "weights", functions, quantise)
    (folder / "export.json").write_text(json.dumps(told), encoding="utf-8")


def exported_and_read(tracker, folder, **options):
    """The light tracker of an export; options as for `LightTracker`."""
    write_export(tracker, folder)
    return LightTracker(read_export(folder), 1, **options)
