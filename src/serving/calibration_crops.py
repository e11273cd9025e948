"""Crops as a network sees them while it tracks, for the ranges of its integers."""

from collections.abc import Callable, Iterator

import numpy as np

from src.datasets.segments import Segment
from src.evaluating.validation import plan_validation
from src.geometry.region_to_bbox import is_absent, visible_share
from src.parameters.network_arithmetic import exemplar_crop_sz
from src.parameters.parse_arguments import Parameters
from src.runtime.crops import cut_out
from src.runtime.light_tracker import AREA, VIEWS
from src.serving.light_tracker import areas_of
from src.tracking.update import TrackGraph
from src.video.images import read_image

FRAMES = 8  # of each video, spread evenly over those that show the target

Crops = Iterator[tuple[str, dict[str, np.ndarray]]]


def crops_of_videos(parameters: Parameters, graph: TrackGraph) -> Callable[[], Crops]:
    """Crops of the validation videos, or of the data set where none are named.

    Args:
        parameters: `environment.validation_datasets`, or else `evaluation.dataset`.
        graph: Plans the crops.

    Returns:
        Gives, anew at each call, names of the network's graphs and inputs of them.

    Raises:
        UserError: A video or its ground truth is wrong.
    """
    _, evaluation, run, env, design = parameters
    folders = env.validation_datasets or (evaluation.dataset,)
    env = env.model_copy(update={"validation_datasets": folders})
    segments = plan_validation(env, evaluation, run.model_copy(update={"track_videos": ()}))
    sides = {"exemplar": exemplar_crop_sz(design), "search": graph.near.crop_sz}
    if graph.looks_wide:
        sides["wide"] = graph.wide.crop_sz

    def crops() -> Crops:
        for frame, box_ltwh in _shown(segments):
            areas = areas_of(graph, *graph.shown(np.float32(box_ltwh[None])))
            for name, side in sides.items():
                area = areas[AREA + name].numpy()
                seen = cut_out(frame, area, side, design.pad_with_image_mean)
                yield name, {"crops": seen}
                if name == "search" and graph.filter and graph.hp.filter_pasted:
                    views = graph.filter_views(seen, np.float32(box_ltwh[None, 2:]))
                    yield from ((VIEWS, {"crops": view[None]}) for view in views.numpy())

    return crops


def _shown(segments: list[Segment]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frames, with the box of the target one frame before: where a tracker would look."""
    for video in (segment.sequence for segment in segments):
        boxes = video.boxes_ltwh
        shown = np.flatnonzero(~is_absent(boxes[:-1]))
        for index in np.unique(shown[np.linspace(0, len(shown) - 1, FRAMES).astype(int)]):
            frame = read_image(video.frames[index + 1])
            if visible_share(boxes[index], frame.shape[1::-1]) > 0:
                yield frame, boxes[index]
