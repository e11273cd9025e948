"""The stages of an update, each as a graph of its own, from the tracker's own arithmetic."""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from src.network.frozen_weights import frozen
from src.tracking.graph_tracker import FRAME
from src.tracking.look import Sighting
from src.tracking.state import Template, TrackState
from src.tracking.update import TrackGraph
from src.video.crops import fill_colour

Tensors = tuple[tf.Tensor, ...]

_POINT = tf.TensorSpec([1, 2])


class Stages:
    """What an update of one target does, cut into calls that can be timed.

    Each call returns when its numbers are there.

    Attributes:
        mean_colour: frame uint8 [H, W, 3] -> colour beyond it [3]; `crop` may need it too.
        crop: frame, centre [1, 2], size [1, 2] of the target -> search crops of all scales.
        network: Crops -> their embeddings: the bare network, and the floor of an update.
        correlate: Template, embeddings -> what the head says, ready to choose from:
            upsampled responses, or proposed boxes.
        select: That, state, (width, height) of the frame -> the best of it.
        template: frame, centre, size -> template of the target as it looks now.
    """

    def __init__(self, graph: TrackGraph):
        """Takes the arithmetic of a tracker; nothing is traced before its first call.

        Args:
            graph: Of the tracker; the search around a target that is not lost is measured.
        """
        self._graph, self._plan = graph, graph.near
        target = [FRAME, _POINT, _POINT]
        self.mean_colour = _finished(_graph(self._mean_colour, input_signature=[FRAME]))
        self.crop = _finished(_graph(self._crop, input_signature=target))
        self.network = _finished(self._with_constants(_graph(self._embed)))
        self.correlate = _finished(self._with_constants(_graph(self._correlate)))
        self.select = _finished(_graph(self._select))
        template = _graph(self._template, input_signature=target)
        self.template = _finished(self._with_constants(template))

    def _mean_colour(self, frame: tf.Tensor) -> tf.Tensor:
        return fill_colour(frame, self._graph.design.pad_with_image_mean)

    def _crop(self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor) -> tf.Tensor:
        return self._graph.search_crops(frame, centre_frame, target_sz, self._plan)

    def _template(
        self, frame: tf.Tensor, centre_frame: tf.Tensor, target_sz: tf.Tensor
    ) -> Template:
        return self._graph.embed_exemplar(frame, centre_frame, target_sz)

    def _embed(self, crops: tf.Tensor) -> Tensors:
        return self._graph.network.embed_search(crops, training=False)

    def _correlate(self, template: Template, search: Tensors) -> Tensors:
        return self._graph.look.compare(template, search, self._plan)

    def _select(self, maps: Tensors, state: TrackState, frame_wh: tf.Tensor) -> Sighting:
        return self._graph.look.choose(maps, state, frame_wh, self._plan)

    def _with_constants(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which holds the weights as constants, as a loaded tracker's update does."""
        first = True

        def call(*arguments: tf.Tensor) -> Any:
            nonlocal first
            weights = self._graph.network.weights if first else ()
            first = False
            with frozen(weights):
                return function(*arguments)

        return call


def _graph(function: Callable[..., Any], **options: object) -> Callable[..., Any]:
    """The function as a graph of its own: no branch of it is Python's."""
    # partial: TensorFlow would count the traces of several trackers as those of one
    return tf.function(partial(function), autograph=False, **options)


def _finished(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which on a GPU waits for its result; a CPU has it when the call returns."""
    if not tf.config.get_visible_devices("GPU"):
        return function

    def wait(*arguments: object) -> Any:
        result = function(*arguments)
        tf.test.experimental.sync_devices()
        return result

    return wait
