"""SiamRPN's tracker around the TFLite files of an export, its boxes made by NumPy alone."""

import json

import numpy as np

from tests.support.tflite_driver import TFLiteTracker

MIN_SIDE, MAX_GROWTH = 10.0, 10.0
FIRST_SHIFT = {"exact": 0.0, "pixel": -0.5}  # of the first box, by `crop_alignment`


def read_proposals(outputs, anchors_wh, stride):
    """What the outputs say, as [cells, cells, k] logits and [cells, cells, k, 2] crop pixels.

    `anchors_wh` [k, 2] are `anchors` of export.json; centres count from the middle of the crop.
    """
    kinds, cells = len(anchors_wh), outputs["cls"].shape[1]
    cls = outputs["cls"].reshape(cells, cells, 2, kinds)
    loc = outputs["loc"].reshape(cells, cells, 4, kinds)
    loc = loc.transpose(0, 1, 3, 2)
    axis = (np.arange(cells) - cells // 2) * stride
    anchor_xy = np.stack(np.meshgrid(axis, axis), axis=-1)[:, :, None]
    centre = anchor_xy + loc[..., :2] * anchors_wh
    size = anchors_wh * np.exp(np.clip(loc[..., 2:], -MAX_GROWTH, MAX_GROWTH))
    return cls[:, :, 1] - cls[:, :, 0], centre, size


def choose(logit, size, target_wh, window, window_influence, penalty_k):
    """Index of the best proposal, and the trust in each; `target_wh` in crop pixels."""
    shape, side = size[..., 0] / size[..., 1], padded_side(size)
    shape_change = change(shape / (target_wh[0] / target_wh[1]))
    side_change = change(side / padded_side(target_wh))
    trust = np.exp(-penalty_k * (shape_change * side_change - 1)) / (1 + np.exp(-logit))
    score = (1 - window_influence) * trust + window_influence * window[:, :, None]
    return np.unravel_index(score.argmax(), score.shape), trust


def change(ratio):
    return np.maximum(ratio, 1 / ratio)


def padded_side(size):
    margin = size.sum(axis=-1, keepdims=True) / 2
    return np.sqrt(np.prod(size + margin, axis=-1))


class TFLiteProposalTracker(TFLiteTracker):
    """`init` and `update` as of any tracker; `update` returns the box alone."""

    def __init__(self, folder):
        super().__init__(folder)
        told = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        self.anchors_wh = np.array(told["anchors"])
        cells, is_cosine = self.sizes["score"], self.design["windowing"] == "cosine"
        axis = np.hanning(cells) if is_cosine else np.ones(cells)
        self.window = np.outer(axis, axis)

    def init(self, frame, box_ltwh):
        shift = FIRST_SHIFT[self.design["crop_alignment"]]
        super().init(frame, np.add(box_ltwh, (shift, shift, 0, 0)))

    def update(self, frame):
        side, share, penalty_k = self._side("search"), *self._told("window_influence", "penalty_k")
        crops = self._crops(frame, np.array([side]), "search")
        outputs = self.search(search=crops, **self.template)
        logit, centre, size = read_proposals(outputs, self.anchors_wh, self.stride)
        pixel = side / self.sizes["search"]  # of the crop, in those of the frame
        best, trust = choose(logit, size, self.size / pixel, self.window, share, penalty_k)
        frame_wh = np.array(frame.shape[1::-1], float)
        self.centre = np.clip(self.centre + centre[best] * pixel, 0, frame_wh)
        self.size = self._damped(size[best] * pixel, trust[best], frame_wh)
        self._roll(frame)
        return np.concatenate([self.centre - self.size / 2, self.size])

    def _damped(self, found_wh, trust, frame_wh):
        """The new size: surer finds count more; it stays in the frame and in its limits."""
        scale_lr, least, most = self._told("scale_lr", "scale_min", "scale_max")
        size = self.size + scale_lr * trust * (found_wh - self.size)
        size = np.maximum(np.minimum(size, frame_wh), MIN_SIDE)
        return np.clip(size, least * self.first_size, most * self.first_size)

    def _told(self, *keys):
        return [self.hp[key] for key in keys]

    def _crops(self, frame, sides, crop_name):
        """As in pysot, crops may begin at whole pixels only."""
        if self.design["crop_alignment"] == "exact":
            return super()._crops(frame, sides, crop_name)
        kept, sides = self.centre, np.round(sides)
        self.centre = np.floor(kept - sides / 2) + sides / 2
        crops = super()._crops(frame, sides, crop_name)
        self.centre = kept
        return crops
