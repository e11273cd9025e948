"""A tracker around the TFLite files of an export: knows nothing but what lies in its folder."""

import json

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from src.tracking.response import upsampling_matrix
from src.video.crops import crop, fill_colour

# `windowing` -> whether the window is a cosine, and what becomes 1 in response and window
WINDOWS = {"cosine_sum": (True, np.sum), "cosine": (True, np.max), "uniform": (False, np.sum)}


class TFLiteTracker:
    """`init` and `update` as of any tracker; `update` returns the box alone."""

    def __init__(self, folder):
        told = json.loads((folder / "export.json").read_text(encoding="utf-8"))
        self.design, self.hp, self.sizes = told["design"], told["hyperparams"], told["sizes"]
        self.stride, self.scales = told["stride"], np.array(told["scales"])
        self.matrix = upsampling_matrix(self.sizes["score"], self.hp["response_up"])
        self.embed, self.search = (
            Interpreter(model_path=str(folder / name)).get_signature_runner()
            for name in ("template.tflite", "search.tflite")
        )

    def init(self, frame, box_ltwh):
        self.size = self.first_size = np.array(box_ltwh[2:], float)
        self.centre = box_ltwh[:2] + self.size / 2
        self.template = self._exemplar(frame)

    def update(self, frame):
        sides = self._side("search") * self.scales
        crops = self._crops(frame, sides, "search")
        score = self.search(search=crops, **self.template)["score"]
        responses = np.einsum("rn,snm,qm->srq", self.matrix, score, self.matrix)
        scale = self._scale(responses.max(axis=(1, 2)))
        disp_crop = self._disp_response(responses[scale]) * self.stride / self.hp["response_up"]
        self.centre = self.centre + disp_crop * sides[scale] / self.sizes["search"]
        size = self.size * (1 + self.hp["scale_lr"] * (self.scales[scale] - 1))
        limits = (self.hp[key] * self.first_size for key in ("scale_min", "scale_max"))
        self.size = np.clip(size, *limits)
        self._roll(frame)
        return np.concatenate([self.centre - self.size / 2, self.size])

    def _scale(self, peaks):
        """Index of the winning scale; the middle one keeps the size."""
        penalty = (1 - self.hp["scale_penalty"]) * np.abs(peaks)
        penalty[len(peaks) // 2] = 0
        return int(np.argmax(peaks - penalty))

    def _disp_response(self, response):
        """(x, y) of the windowed peak from the middle."""
        side = self.sizes["response"]
        is_cosine, reduce = WINDOWS[self.design["windowing"]]
        axis = np.hanning(side) if is_cosine else np.ones(side)
        window, response = np.outer(axis, axis), response - response.min()
        share = self.hp["window_influence"]
        windowed = (1 - share) * response / reduce(response) + share * window / reduce(window)
        row, column = np.unravel_index(windowed.argmax(), windowed.shape)
        return np.array([column, row]) - (side - 1) / 2

    def _roll(self, frame):
        newest, share = self._exemplar(frame), np.float32(self.hp["z_lr"])
        self.template = {
            name: (1 - share) * old + share * newest[name] for name, old in self.template.items()
        }

    def _exemplar(self, frame):
        side = self._side("exemplar_crop")
        return self.embed(exemplar=self._crops(frame, np.array([side]), "exemplar_crop"))

    def _side(self, crop_name):
        """Side in frame pixels of the area that a crop shows at scale 1."""
        width, height = self.size
        margin = self.design["context"] * (width + height)
        side = np.sqrt((width + margin) * (height + margin))
        return side * self.sizes[crop_name] / self.design["exemplar_sz"]

    def _crops(self, frame, sides, crop_name):
        centres = tf.constant(np.tile(self.centre, (len(sides), 1)), tf.float32)
        areas = tf.constant(np.repeat(sides[:, None], 2, axis=1), tf.float32)
        fill = fill_colour(frame, self.design["pad_with_image_mean"])
        side = self.sizes[crop_name]
        return crop(frame, centres, areas, (side, side), fill).numpy()
