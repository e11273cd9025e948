"""Speaks TraX on standard input and output, so that the VOT toolkit can drive the tracker.

Unless a design is named it takes the recommended tracker. Weights are those that an evaluation
would take: the best checkpoint in design.saver_folder, or else the released ones.

Example:
    python -m src vot_client --model efficientnet_lite0 --set evaluation.weights=released
"""

import argparse
import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from src.api import Tracker
from src.base.errors import UserError
from src.base.imports import import_optional
from src.geometry.region_to_bbox import region_to_box_ltwh
from src.parameters.command_line import run_door, shared_options
from src.parameters.parse_arguments import Parameters
from src.tracking.opening import open_tracker
from src.video.images import read_image

# TraX's name of a way to send an image -> how to make a frame of it
IMAGES: dict[str, Callable[[Any], np.ndarray]] = {
    "path": lambda image: read_image(image.path()),
    "memory": lambda image: _as_frame(image.array()),
}
# TraX's name of a kind of region -> its box ltwh
REGIONS: dict[str, Callable[[Any], np.ndarray]] = {
    "rectangle": lambda region: np.array(region.bounds(), dtype=np.float64),
    "polygon": lambda region: _polygon_box_ltwh(np.array(list(region), dtype=np.float64)),
}


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that every command has; the toolkit has a default of its own."""
    shared_options(parser, recommended=True)


def main(parameters: Parameters, options: argparse.Namespace) -> None:
    """Loads the tracker, greets, and answers until the toolkit quits."""
    trax = import_optional("trax", "vot-trax==4.0.2", "python -m src.vot_client")
    with stdout_for_trax():
        tracker = Tracker(*open_tracker(parameters))
        server = trax.Server(list(REGIONS), list(IMAGES), tracker_name="SiamFC-tf")
        serve(server, tracker)


@contextlib.contextmanager
def stdout_for_trax() -> Iterator[None]:
    """Leaves standard output to TraX alone: what anything else prints goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    os.environ["TRAX_OUT"] = str(kept)
    try:
        yield
    finally:
        sys.stdout.flush()
        del os.environ["TRAX_OUT"]
        os.dup2(kept, 1)
        os.close(kept)


def serve(server: Any, tracker: Tracker) -> None:
    """Answers a client's requests until it quits.

    Args:
        server: A `trax.Server`.
        tracker: What follows the target; every `initialize` starts a new track.

    Raises:
        UserError: A request cannot be fulfilled (the client is told why), or the client is gone.
    """
    import trax

    try:
        while (request := server.wait()).type != trax.TraxStatus.QUIT:
            box_ltwh, properties = _answer(tracker, request, trax)
            region = trax.Rectangle.create(*box_ltwh.tolist())
            server.status([(region, properties)])
    except UserError as error:
        server.quit(str(error))
        raise
    except trax.TraxException as error:
        raise UserError(f"the TraX client is gone or speaks another protocol ({error})") from error
    server.quit()


def _answer(tracker: Tracker, request: Any, trax: Any) -> tuple[np.ndarray, Mapping[str, float]]:
    """Box ltwh for one request, and what else is known about it."""
    image = request.image[trax.ImageChannel.COLOR]
    frame = IMAGES[image.type()](image)
    if request.type == trax.TraxStatus.INITIALIZE:
        region, _ = request.objects[0]
        box_ltwh = REGIONS[region.type](region)
        tracker.init(frame, box_ltwh)
        return box_ltwh, {}
    result = tracker.update(frame)
    known = {} if math.isnan(result.confidence) else {"confidence": result.confidence}
    return result.box, known


def _as_frame(image: np.ndarray) -> np.ndarray:
    """TraX's [H, W, 1 or 3] array as a frame; 16-bit values keep their upper byte."""
    eight_bits = (image >> 8).astype(np.uint8) if image.dtype == np.uint16 else image
    return eight_bits[..., 0] if eight_bits.shape[2] == 1 else eight_bits


def _polygon_box_ltwh(corners: np.ndarray) -> np.ndarray:
    """The box of a polygon [n, 2]: SiamFC's of four corners, the extent of any others."""
    if len(corners) == 4:
        return region_to_box_ltwh(corners.ravel())
    return np.concatenate([corners.min(axis=0), np.ptp(corners, axis=0)])


if __name__ == "__main__":
    sys.exit(run_door(sys.modules[__name__], sys.argv[1:]))
