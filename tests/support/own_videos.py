"""Small videos, whole and damaged, and sources and cameras that are none."""

from pathlib import Path

import numpy as np
from PIL import Image

from src.base.imports import load_opencv
from src.tracking.tracker import TrackResult
from src.video.sources import FrameSource

# FFmpeg asks once in a process how much it may say
cv2 = load_opencv("tests")
SIZE = (64, 48)


def picture(level: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """uint8 [H, W, 3] RGB: red as bright as `level`, little green, more of it on the right."""
    pixels = np.full((size[1], size[0], 3), (level, 30, 0), np.uint8)
    pixels[:, size[0] // 2 :, 1] = 60
    return pixels


def write_video(path: Path, n_frames: int = 10, codec: str = "MJPG", fps: float = 20.0) -> Path:
    """Writes frames of the red levels 0, 20, 40 ..."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), fps, SIZE)
    for number in range(n_frames):
        writer.write(np.ascontiguousarray(picture(20 * number % 256)[..., ::-1]))
    writer.release()
    return path


def damage_frames(path: Path, numbers: tuple[int, ...]) -> None:
    """Writes zeros over the JPEG data of some frames of an MJPG avi."""
    data = bytearray(path.read_bytes())
    at, chunks = -1, []
    while (at := data.find(b"00dc", at + 1)) >= 0:
        if data[at + 8 : at + 10] == b"\xff\xd8":
            chunks.append((at + 8, int.from_bytes(data[at + 4 : at + 8], "little")))
    for number in numbers:
        begin, length = chunks[number]
        data[begin : begin + length] = bytes(length)
    path.write_bytes(data)


def write_gif(path: Path, milliseconds: tuple[int, ...]) -> Path:
    """A page for each time it is shown, of the red levels 0, 20, 40 ..."""
    first, *rest = [Image.fromarray(picture(20 * k)) for k in range(len(milliseconds))]
    first.save(path, save_all=True, append_images=rest, duration=list(milliseconds))
    return path


def make_source(frames, n_frames=None, live=False, fps=10.0, name="film") -> FrameSource:
    """A source of (frame or None), 1 / fps apart."""
    numbered = ((index, index / fps, frame) for index, frame in enumerate(frames))
    return FrameSource(name, f"/videos/{name}.avi", numbered, fps, n_frames, 7, live)


class FakeCamera:
    """In place of `cv2`: captures give pictures whose red level counts the reads, or those given.

    None among these is a read that fails. The first six are gone before a track begins: one at
    opening, five that a driver holds ready.
    """

    CAP_PROP_FPS = 5

    def __init__(self, n_frames: int, fps: float = 15.0, opens: bool = True, pictures=None):
        self.n_frames, self.fps, self.opens, self.pictures = n_frames, fps, opens, pictures
        self.reads, self.released = 0, False

    def VideoCapture(self, number):  # noqa: N802
        self.number = number
        return self

    def isOpened(self):  # noqa: N802
        return self.opens

    def get(self, _key):
        return self.fps

    def grab(self):
        return self.read()[0]

    def read(self):
        self.reads += 1
        if self.reads > self.n_frames:
            return False, None
        shown = self.pictures[self.reads - 1] if self.pictures else picture(self.reads)
        return shown is not None, shown if shown is None else shown[..., ::-1]

    def release(self):
        self.released = True


class Wanderer:
    """A tracker that moves its box by one pixel a frame; lost in every fourth update."""

    def __init__(self, stop_at=None, stop=KeyboardInterrupt):
        self.updates, self.stop_at, self.stop, self.inits = 0, stop_at, stop, 0

    def init(self, frame, box_ltwh):
        self.inits += 1
        self.box = np.array(box_ltwh)

    def update(self, frame):
        self.updates += 1
        if self.updates == self.stop_at:
            raise self.stop
        self.box = self.box + np.array([1.0, 0, 0, 0])
        response = np.zeros((3, 3), np.float32)
        return TrackResult(self.box, 2.5, response, self.box, 0.75, self.updates % 4 == 0)


class FakeWindow:
    """A live window that the user closes after four frames."""

    shown = 0

    @property
    def closed(self):
        return self.shown >= 4

    def show(self, *_):
        self.shown += 1
