"""Batches of synthetic pairs for tests of learning, without records."""

import numpy as np
import tensorflow as tf

from src.video.crops import crop, mean_colour


def textured_pair(rng, exemplar_sz=127, search_sz=255, target=60, disp=(0, 0)):
    """A random coarse texture as target on a smooth ground, at the same place in both crops."""
    texture = rng.uniform(0, 255, (6, 6, 3)).repeat(target // 6, axis=0).repeat(target // 6, axis=1)
    crops = []
    for size, (dx, dy) in ((exemplar_sz, (0, 0)), (search_sz, disp)):
        ground = rng.uniform(60, 200, (1, 1, 3)) + rng.normal(0, 8, (size, size, 3))
        left = (size - len(texture)) // 2 + round(dx)
        top = (size - len(texture)) // 2 + round(dy)
        ground[top : top + len(texture), left : left + len(texture)] = texture
        crops.append(np.clip(ground, 0, 255).astype(np.float32))
    return crops


def at_scales(z, scales):
    """An exemplar crop as it looks when so many times its area is shown: [k, s, s, 3]."""
    size = len(z)
    if not scales:
        return np.zeros((0, size, size, 3), np.float32)
    centres = np.full((len(scales), 2), size / 2, np.float32)
    sides = np.float32([[size * scale] * 2 for scale in scales])
    return crop(z, centres, sides, (size, size), mean_colour(z)).numpy()


def batch_of(seed, pairs=4, shift=0, other_scales=(), videos=None):
    """One batch as the reader yields it; all pairs are of one video unless `videos` names them."""
    rng = np.random.default_rng(seed)
    disp = rng.integers(-shift, shift + 1, (pairs, 2)) if shift else np.zeros((pairs, 2))
    crops = [textured_pair(rng, disp=d) for d in disp]
    return {
        "z": tf.constant(np.stack([z for z, _ in crops])),
        "z_scaled": tf.constant(np.stack([at_scales(z, other_scales) for z, _ in crops])),
        "x": tf.constant(np.stack([x for _, x in crops])),
        "disp_crop": tf.constant(disp, tf.float32),
        "target_sz_crop": tf.fill([pairs, 2], 60.0),
        "positive": tf.ones([pairs]),
        "video": tf.constant(list(videos or [f"video_{seed}"] * pairs)),
        "z_frame": tf.constant(np.arange(pairs), tf.int64),
        "x_frame": tf.constant(np.arange(pairs) + 1, tf.int64),
    }


def textured_boxes(seed, pairs, search_sz, shift):
    """Pairs with targets of all shapes, with textures of their own, as the reader yields them."""
    rng = np.random.default_rng(seed)
    disp, sizes = rng.integers(-shift, shift + 1, (pairs, 2)), rng.choice([42, 60, 78], (pairs, 2))
    crops = [_textured_box(rng, search_sz, *one) for one in zip(disp, sizes, strict=True)]
    return {
        "z": tf.constant(np.stack([z for z, _ in crops])),
        "z_scaled": tf.zeros([pairs, 0, 127, 127, 3]),
        "x": tf.constant(np.stack([x for _, x in crops])),
        "disp_crop": tf.constant(disp, tf.float32),
        "target_sz_crop": tf.constant(sizes, tf.float32),
        "positive": tf.ones([pairs]),
        "video": tf.constant([f"{seed} {pair}" for pair in range(pairs)]),
        "z_frame": tf.range(pairs, dtype=tf.int64),
        "x_frame": tf.range(pairs, dtype=tf.int64) + 1,
    }


def _textured_box(rng, search_sz, disp, size_wh):
    """A target (width, height) in both crops, in the search crop off its middle."""
    width, height = size_wh
    texture = rng.uniform(0, 255, (6, 6, 3))
    texture = texture.repeat(height // 6, axis=0).repeat(width // 6, axis=1)
    crops = []
    for size, (dx, dy) in ((127, (0, 0)), (search_sz, disp)):
        ground = rng.uniform(60, 200, (1, 1, 3)) + rng.normal(0, 8, (size, size, 3))
        left, top = (size - width) // 2 + dx, (size - height) // 2 + dy
        ground[top : top + height, left : left + width] = texture
        crops.append(np.clip(ground, 0, 255).astype(np.float32))
    return crops
