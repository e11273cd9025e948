"""Result folders of several trackers on small clips, for the tests of reports."""

from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from src.evaluating.results import ResultFolder, Track
from src.reporting.comparison import Comparison, compare
from src.reporting.tracker_results import DataSet, read_results
from tests.support.helpers import make_clip, write_rows

N_FRAMES = 8


def make_data_set(root: Path) -> dict[str, np.ndarray]:
    """Writes the clips `a` and `b` (VOT) into `root/clips`; their true boxes by name."""
    return {
        "a": make_clip(root / "clips" / "a", N_FRAMES),
        "b": make_clip(root / "clips" / "b", N_FRAMES, seed=1, step=(4, -2)),
    }


def shifted(boxes: np.ndarray, *pixels: float) -> np.ndarray:
    """Boxes after a start box that is right, moved right by so many pixels a frame, in turn."""
    moved = boxes.copy()
    moved[1:, 0] += np.resize(pixels, len(boxes) - 1)
    return moved


def make_track(boxes: np.ndarray, start: int = 0, ms: float = 20.0, confidence=np.nan) -> Track:
    """A track from a start frame on: 3 s for `init`, `ms` for every update."""
    track = Track.empty(len(boxes))
    track.boxes_ltwh[start:] = boxes[start:]
    track.seconds[start:], track.read_seconds[start:] = ms / 1000, 0.001
    track.seconds[start] = 3.0
    track.confidence[start:], track.confidence[start] = confidence, 1.0
    return track


def write_own(root: Path, tracker: str, tracks: dict[str, Track], **settings: object) -> Path:
    """Results of this project, by names of tracks; the folder."""
    folder = ResultFolder.create(str(root / "results"), tracker, "clips")
    told = {"dataset": str(root / "clips"), "weights": "w.npz", "evaluation": {"first_index": None}}
    folder.claim(told | settings)
    for name, track in tracks.items():
        folder.write(name, track)
    return folder.path


def write_foreign(folder: Path, boxes: dict[str, np.ndarray], ms: float | None = None) -> Path:
    """Results of another program: OTB's layout with times; the folder."""
    for name, rows in boxes.items():
        write_rows(folder / f"{name}.txt", rows)
        if ms is not None:
            write_rows(folder / "times" / f"{name}_time.txt", [[ms / 1000]] * len(rows))
    return folder


def compared(root: Path, **folders: Path) -> Comparison:
    """Reads result folders by name of the tracker and compares them."""
    data = DataSet(root / "clips", None, None)
    trackers = [read_results(name, path, data, False) for name, path in folders.items()]
    return compare(trackers, data, dist_threshold=20.0)


class Page(HTMLParser):
    """What tests ask of a page: its tags in order, the texts of its cells, and that all closes.

    Attributes:
        tags: (tag, attributes) of every start tag.
        tables: By class, rows of (text, attributes) of their cells.
        text: All of it that is no script or style.
        unclosed: Tags that are open at the end, or were closed out of turn.
    """

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.tables, self.text, self.unclosed = [], {}, "", []
        self._open = []
        self.feed(html)
        self.close()
        self.unclosed += self._open

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)
        if tag == "table":
            self._rows = self.tables.setdefault(values.get("class"), [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append(["", values])

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.unclosed.append(f"/{tag}")

    def handle_data(self, data):
        if self._open and self._open[-1] in ("script", "style"):
            return
        self.text += data
        if {"td", "th"} & set(self._open):
            self._rows[-1][-1][0] += data

    def found(self, tag: str) -> list[dict]:
        """The attributes of all start tags of one kind."""
        return [values for name, values in self.tags if name == tag]
