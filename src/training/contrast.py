"""The contrast loss: of all places, scales and pairs of a batch, one is right.

The logistic loss asks of every cell whether the target is there, whatever its size. A network that
was trained for something else before (ImageNet) forgets by it how a target of another size looks.
Here an exemplar is held against its search crop at several scales and against the search crops of
other pairs, and one softmax over all cells of all these maps says where and how large the target
is. Its label is a Gaussian about the truth (as in PrDiMP, section 3.2, which has no scales).
"""

from collections.abc import Callable

import tensorflow as tf

from src.geometry.search_geometry import cell_grid
from src.network.batch_norm import gather
from src.network.siamese import SiameseNetwork
from src.network.types import Tensors
from src.parameters.design import Design
from src.parameters.hyperparams import Hyperparams
from src.parameters.network_arithmetic import score_sz, total_stride
from src.records.augmentation import name_scenes

SCENES = 2**62  # so many numbers that two scenes of a batch never share one
MASKED = -1e9  # a logit that has no share in a softmax


def compare_with_others(network: SiameseNetwork, batch: Tensors, training: bool) -> Tensors:
    """Holds every exemplar against its own search crop at all scales, and against all others.

    All maps go through the head at once: batch normalisation of scores must not shift the others
    apart from the exemplar's own.

    Args:
        network: Embeds and compares.
        batch: With `z`, `z_scaled` and `x`, see `train_step.batch_spec`; B pairs, k other scales.
        training: Whether batch normalisation uses and remembers the batch's statistics.

    Returns:
        Logits. `score` [B, n, n, 1], of the pairs; `scaled` [B, 1 + k, n, n], the same first, then
        with the exemplars at the other scales; `others` [B, A, n, n], of exemplar i with search
        crop j of all A that the replicas hold; A = B where there is but one; `embedded` [B, h, w,
        C], the first level of the search crops.
    """
    exemplars = tf.concat([batch["z"][:, None], batch["z_scaled"]], axis=1)
    scales, pairs = exemplars.shape[1], tf.shape(exemplars)[0]
    templates = network.embed_template(
        tf.reshape(exemplars, [-1, *exemplars.shape[2:]]), training=training
    )
    embedded = network.embed_search(batch["x"], training=training)
    search = tuple(tf.cast(level, tf.float32) for level in embedded)
    all_search = tuple(gather(level) for level in search)
    searched = tf.shape(all_search[0])[0]

    # the exemplars at all scales, each with its own search crop, then those at the true scale, each
    # with all search crops
    score = network.compare(
        tuple(
            tf.concat([level, tf.repeat(level[::scales], searched, axis=0)], axis=0)
            for level in templates
        ),
        tuple(
            tf.concat([tf.repeat(level, scales, axis=0), tf.tile(every, [pairs, 1, 1, 1])], axis=0)
            for level, every in zip(search, all_search, strict=True)
        ),
        training=training,
    )["score"]
    n, own = score.shape[1], scales * pairs
    return {
        "score": score[:own:scales],
        "scaled": tf.reshape(score[:own], [pairs, scales, n, n]),
        "others": tf.reshape(score[own:], [pairs, searched, n, n]),
        "embedded": search[0],
    }


def make_contrast_targets(design: Design, hp: Hyperparams) -> Callable[[Tensors], Tensors]:
    """Makes the function from a batch to what the softmax should be.

    Args:
        design: Gives the score map's size and stride.
        hp: `other_scales`; `label_sigma`, crop pixels; `label_scale_sigma`, natural logarithm.

    Returns:
        A function of a batch with `disp_crop` float32 [B, 2], `positive` float32 [B] and `video`
        string [B] to `share` float32 [B, 1 + k, n, n], which sums to 1 for each pair, `is_other`
        bool [B, A], whether two pairs are of different scenes, `positive`, and for pictures `label`
        float32 [B, n, n, 1]: 1 where the share at the true scale is at least half of its largest, 0
        elsewhere and in negative pairs.
    """
    grid_xy = tf.constant(cell_grid(score_sz(design), total_stride(design)), tf.float32)
    in_scale = (tf.math.log(tf.constant([1.0, *hp.other_scales])) / hp.label_scale_sigma) ** 2

    def targets(batch: Tensors) -> Tensors:
        offset = (grid_xy[None] - batch["disp_crop"][:, None, None, :]) / hp.label_sigma
        in_place = tf.reduce_sum(offset**2, axis=-1)
        squares = in_place[:, None] + in_scale[None, :, None, None]
        share = tf.nn.softmax(tf.reshape(-squares / 2, [tf.shape(squares)[0], -1]))
        share = tf.reshape(share, tf.shape(squares))
        true_scale, scene = share[:, 0, :, :, None], _scenes(batch["video"])
        other_scene = gather(scene)
        half = tf.reduce_max(true_scale, axis=(1, 2, 3), keepdims=True) / 2
        at_target = (true_scale >= half) & (batch["positive"] > 0)[:, None, None, None]
        return {
            "share": share,
            "label": tf.cast(at_target, tf.float32),
            "is_other": scene[:, None] != other_scene[None],
            "positive": batch["positive"],
        }

    return targets


def _scenes(videos: tf.Tensor) -> tf.Tensor:
    """As `name_scenes`, but every photograph, `stills/<name>#<box>`, is one: int64 [B], hashed."""
    photographs = tf.strings.regex_replace(videos, r"#\d+$", "")
    is_photograph = tf.strings.regex_full_match(videos, r"(?s)stills/.*")
    scenes = tf.where(is_photograph, photographs, name_scenes(videos))
    return tf.strings.to_hash_bucket_fast(scenes, SCENES)


def contrast_loss(outputs: Tensors, targets: Tensors) -> Tensors:
    """Kullback-Leibler divergence of the softmax of all logits of an exemplar from its label.

    Search crops of the same scene are no others: they may show the target. Negative pairs have no
    label, but their search crops are others.

    Args:
        outputs: See `compare_with_others`.
        targets: See `make_contrast_targets`.

    Returns:
        `{"total": []}`: mean over the batch, nats; a negative pair counts as 0.
    """
    pairs = tf.shape(outputs["scaled"])[0]
    others = tf.where(targets["is_other"][..., None, None], outputs["others"], MASKED)
    own = tf.reshape(outputs["scaled"], [pairs, -1])
    share = tf.reshape(targets["share"], [pairs, -1])
    logits = tf.concat([own, tf.reshape(others, [pairs, -1])], axis=1)
    log_total = tf.reduce_logsumexp(logits, axis=1, keepdims=True)
    divergence = tf.math.xlogy(share, share) - share * (own - log_total)
    return {"total": tf.reduce_mean(targets["positive"] * tf.reduce_sum(divergence, axis=1))}
