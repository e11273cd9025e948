"""Targets of a few pixels, drawn or made by shrinking."""

import numpy as np
from PIL import Image
from scipy import ndimage

# parts of a pixel that a drawn target moves by
PARTS = 8
SIZE_WH = (240, 180)


def drawn_target(width, height, n_frames=25, seed=0):
    """A textured target of so many pixels on a smooth ground, 2 px further in each frame.

    Returns:
        Frames, uint8 [180, 240, 3] each, and boxes float64 [n_frames, 4].
    """
    rng = np.random.default_rng(seed)
    ground = ndimage.gaussian_filter(rng.normal(size=(*SIZE_WH[::-1], 3)), (25, 25, 0))
    ground = 128 + 25 * ground / ground.std()
    texture = rng.integers(0, 256, (max(2, height // 2), max(2, width // 2), 3))
    texture = np.asarray(
        Image.fromarray(texture.astype(np.uint8)).resize(
            (width * PARTS, height * PARTS), Image.Resampling.NEAREST
        )
    )
    frames, boxes = [], []
    for number in range(n_frames):
        # whole parts of pixels
        left, top = np.round((60 + 1.84 * number, 70 + 0.78 * number) * np.array(PARTS)) / PARTS
        frames.append(_pasted(ground + rng.normal(0, 2, ground.shape), texture, left, top))
        boxes.append((left, top, width, height))
    return frames, np.array(boxes, np.float64)


def _pasted(ground, texture, left, top):
    """The frame with the texture, whose pixels are parts, averaged into whole ones."""
    high, wide = (side // PARTS + 1 for side in texture.shape[:2])
    column, row = int(left), int(top)
    right, down = (round((place - int(place)) * PARTS) for place in (left, top))
    patch = np.zeros((high * PARTS, wide * PARTS, 4))
    patch[down : down + texture.shape[0], right : right + texture.shape[1], :3] = texture
    patch[down : down + texture.shape[0], right : right + texture.shape[1], 3] = 1
    patch = patch.reshape(high, PARTS, wide, PARTS, 4).mean(axis=(1, 3))
    part = ground[row : row + high, column : column + wide]
    part[:] = part * (1 - patch[..., 3:]) + patch[..., :3]
    return np.clip(ground, 0, 255).astype(np.uint8)


def shrunk(frames, boxes_ltwh, factor):
    """Frames and boxes that are so many times smaller."""
    size = tuple(round(side / factor) for side in frames[0].shape[1::-1])
    scale = np.tile(size, 2) / np.tile(frames[0].shape[1::-1], 2)
    small = [np.asarray(Image.fromarray(frame).resize(size, Image.LANCZOS)) for frame in frames]
    return small, boxes_ltwh * scale
