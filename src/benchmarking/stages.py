"""The stages of an update, each as a graph of its own, from the tracker's own arithmetic."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from src.network.frozen_weights import frozen
from src.tracking.graph_tracker import FRAME
from src.tracking.look import Sighting, that_won
from src.tracking.online_filter import FilterState
from src.tracking.pasting import PLACES
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
        respond: State of the filter that learns the target, embeddings -> its response.
        correlate: Template, embeddings, response of the filter or None -> what the head says, ready
            to choose from: upsampled responses, or proposed boxes.
        select: That, state, (width, height) of the frame -> the best of it.
        learn: State of the filter, embeddings, the best of them, whether the target is lost [1] ->
            the filter's next state, in an update that learns (`learns`).
        template: frame, centre, size -> template of the target as it looks now.
        paste: Search crops of the frame of `init`, size of the target -> embeddings of what the
            filter learns beside them.
        learn_first: State of the filter after `init` -> the same, learned anew.
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
        self.respond = _finished(_graph(self._respond))
        self.correlate = _finished(self._with_constants(_graph(self._correlate)))
        self.select = _finished(_graph(self._select))
        self.learn = _finished(_graph(self._learn))
        template = _graph(self._template, input_signature=target)
        self.template = _finished(self._with_constants(template))
        self.paste = _finished(self._with_constants(_graph(self._paste)))
        self.learn_first = _finished(_graph(self._learn_first))

    def learns(self, state: TrackState) -> bool:
        """Whether the filter learns from the update that follows this state; False without one."""
        if not self._graph.filter:
            return False
        return (int(state.online.age[0]) + 1) % self._graph.hp.filter_every == 0

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

    def _respond(self, online: FilterState, search: Tensors) -> tf.Tensor:
        return self._graph.filter.response(online, self._areas(search))

    def _correlate(self, template: Template, search: Tensors, told: tf.Tensor | None) -> Tensors:
        return self._graph.look.compare(template, search, self._plan, told)

    def _select(self, maps: Tensors, state: TrackState, frame_wh: tf.Tensor) -> Sighting:
        return self._graph.look.choose(maps, state, frame_wh, self._plan)

    def _learn(
        self, online: FilterState, search: Tensors, seen: Sighting, lost: tf.Tensor
    ) -> FilterState:
        won = that_won(self._areas(search), seen)
        disp_crop = seen.disp_frame * (self._plan.crop_sz / seen.side_frame)[:, None]
        return self._graph.filter.next(online, won, disp_crop, lost)

    def _paste(self, crops: tf.Tensor, target_sz: tf.Tensor) -> Tensors:
        return self._embed(self._graph.filter_views(crops, target_sz))

    def _learn_first(self, online: FilterState) -> FilterState:
        hp, places = self._graph.hp, np.pad(PLACES, ((1, 0), (0, 0)))
        first = online.samples.features[:, : hp.filter_pasted + 1]
        return self._graph.filter.learned_first(first, online.mean, places[: hp.filter_pasted + 1])

    def _areas(self, search: Tensors) -> tf.Tensor:
        """The level that the filter reads, of one target's areas at S scales: [1, S, n, n, C]."""
        return search[0][None]

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
