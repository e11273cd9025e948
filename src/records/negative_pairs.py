"""Negative pairs: a search crop with the exemplar of a target that it does not show.

Such pairs teach that what is in the middle of a crop need not be the target (DaSiamRPN, section
3.2). The exemplar comes from the same batch, where it is at hand, but never from the same scene,
because all targets of a scene may be in the search crop.
"""

import tensorflow as tf


def choose_exemplars(videos: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Chooses whose exemplar each pair of a batch gets.

    Args:
        videos: string [B], the pairs' videos.
        share: Share of the pairs that are wanted to be negative, 0...1.
        seed: int32 [2].

    Returns:
        int64 [B], number of a pair in the batch: for a negative pair any one of another scene, all
        alike likely; for a positive pair its own. Where all the batch is one scene, all stay
        positive.
    """
    wanted_seed, choice_seed = tf.unstack(tf.random.split(seed, 2))
    pairs = tf.size(videos)
    scenes = name_scenes(videos)
    foreign = scenes[:, None] != scenes[None, :]
    wanted = tf.random.stateless_uniform([pairs], wanted_seed) < share
    draws = tf.random.stateless_uniform([pairs, pairs], choice_seed)
    chosen = tf.argmax(tf.where(foreign, draws, -1.0), axis=1)
    negative = wanted & tf.reduce_any(foreign, axis=1)
    return tf.where(negative, chosen, tf.range(tf.cast(pairs, tf.int64)))


def name_scenes(videos: tf.Tensor) -> tf.Tensor:
    """What may show the same things, by the videos' names.

    Wider than `video_split.film_of`: several targets of a folder (`<folder>-<k>`) are one scene
    too, which makes some films one that are not. So are all photographs, `stills/...`: their names
    do not tell which of them show the same thing.

    Args:
        videos: string [B].

    Returns:
        string [B].
    """
    # (?s): a dot stands for every character, whatever is in a folder's name
    films = tf.strings.regex_replace(videos, r"(?s)^(.*_.*)_.*$", r"\1")
    scenes = tf.strings.regex_replace(films, r"-\d+$", "")
    return tf.where(tf.strings.regex_full_match(videos, r"(?s)stills/.*"), "stills", scenes)
