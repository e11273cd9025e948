"""Features that a filter can tell its target by: a filter is learned inside the step.

What CFNet (Valmadre et al. 2017) and DiMP (Bhat et al. 2019) train so: the filter of
`src.tracking.online_filter` is learned from the exemplar's frame, as a tracker would do it, and its
response to the search crops is judged. The gradient goes through all steps of the conjugate
gradients, so the features become those by which few steps find a good filter.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from src.network.batch_norm import gather
from src.network.siamese import SiameseNetwork
from src.network.types import Tensors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.tracking.online_filter import OnlineFilter
from src.tracking.pasting import PLACES, pasted
from src.training.contrast import contrast_loss, make_contrast_targets

# hyper-parameters of the tracker that are the training's too
FILTER_KEYS = frozenset(
    f"filter_{name}" for name in ("weight", "cells", "sigma", "ridge", "pasted", "first_steps")
)


def make_filter_comparison(
    design: Design, hp: Hyperparams
) -> Callable[[SiameseNetwork, Tensors, tf.Tensor, bool], Tensors]:
    """Makes the function that learns a filter of every exemplar and lets it answer.

    Args:
        design: Sizes and stride.
        hp: The keys that begin with `filter_`; `filter_weight` makes logits of responses, as it
            sets them beside cosines in a tracker.

    Returns:
        A function of network, batch (with `z_search` and `z_target_sz_crop`, see
        `train_step.batch_spec`; B pairs), embedded search crops float32 [B, n, n, C] and `training`
        to logits: `filter_scaled` [B, 1, m, m], of the pairs, and `filter_others` [B, A, m, m], of
        filter i on search crop j of all A that the replicas hold.
    """
    online, places = OnlineFilter(design, hp), PLACES[: hp.filter_pasted]
    disp_crop = np.pad(places, ((1, 0), (0, 0)))  # the first view is the frame as it is

    def compare(
        network: SiameseNetwork, batch: Tensors, embedded: tf.Tensor, training: bool
    ) -> Tensors:
        crops = batch["z_search"]
        views = [crops, *pasted(crops, batch["z_target_sz_crop"], places)]
        first = network.embed_search(tf.concat(views, axis=0), training=training)[0]
        first = tf.stack(tf.split(first, len(views)), axis=1)
        learned = online.begin(first, disp_crop)
        own = online.response(learned, embedded[:, None])
        search, pairs = gather(tf.cast(embedded, tf.float32)), tf.shape(own)[0]
        searched = tf.shape(search)[0]
        of_each = learned._replace(
            taps=tf.repeat(learned.taps, searched, axis=0),
            mean=tf.repeat(learned.mean, searched, axis=0),
        )
        others = online.response(of_each, tf.tile(search, [pairs, 1, 1, 1])[:, None])
        others = tf.reshape(others, [pairs, searched, *own.shape[2:]])
        return {
            "filter_scaled": hp.filter_weight * own,
            "filter_others": hp.filter_weight * others,
        }

    return compare


def make_filter_targets(design: Design, hp: Hyperparams) -> Callable[[Tensors], Tensors]:
    """Makes the function from a batch to what the filters should answer.

    Args:
        design: Gives the score map's size and stride.
        hp: `label_sigma`, crop pixels.

    Returns:
        A function of a batch to `filter_share` [B, 1, m, m], `filter_is_other` [B, A] and
        `positive` [B]: what `make_contrast_targets` gives for the true scale alone.
    """
    contrast_targets = make_contrast_targets(design, hp.model_copy(update={"other_scales": ()}))

    def targets(batch: Tensors) -> Tensors:
        found = contrast_targets(batch)
        return {
            "filter_share": found["share"],
            "filter_is_other": found["is_other"],
            "positive": found["positive"],
        }

    return targets


def filter_loss(outputs: Tensors, targets: Tensors) -> tf.Tensor:
    """The contrast loss of the filters' responses, nats, [].

    Args:
        outputs: See `make_filter_comparison`.
        targets: See `make_filter_targets`.
    """
    logits = {"scaled": outputs["filter_scaled"], "others": outputs["filter_others"]}
    wanted = {
        "share": targets["filter_share"],
        "is_other": targets["filter_is_other"],
        "positive": targets["positive"],
    }
    return contrast_loss(logits, wanted)["total"]
