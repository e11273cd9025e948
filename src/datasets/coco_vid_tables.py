"""Videos, images and boxes of a COCO-VID document as arrays, and the videos made of them."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from src.base.errors import UserError
from src.datasets.coco_records import is_tiny
from src.datasets.compact_texts import CompactTexts
from src.datasets.id_places import first_repeated, places_of
from src.datasets.json_documents import ImageFolder
from src.datasets.labels import FrameFiles, LabelledVideo, Target
from src.datasets.passed_over import passed_over

_NO_BOX = (float("nan"),) * 4


def _whole_numbers() -> array:
    return array("q")


@dataclass
class Tables:
    """All of a document, record by record: V videos, N images, M boxes.

    Attributes:
        video_ids: int64 [V].
        video_names: [V].
        image_ids: int64 [N].
        image_videos: int64 [N], ids of videos.
        image_numbers: int64 [N], places in time; -1 where none is told.
        image_sizes: int64 [2 N], width and height in turn; 0 where it is not told.
        image_names: [N].
        box_images: int64 [M], ids of images.
        box_tracks: int64 [M], ids of tracks, which differ within a video.
        box_categories: int64 [M], ids.
        box_flags: int64 [M], see `Target`.
        boxes_ltwh: float64 [4 M], NaN where the track is in the image, but not with a box of use.
        n_crowds: How many of these are crowds.
        n_tiny: How many are too small.
        left_out: Sentences on other records.
    """

    video_ids: array = field(default_factory=_whole_numbers)
    video_names: list[str] = field(default_factory=list)
    image_ids: array = field(default_factory=_whole_numbers)
    image_videos: array = field(default_factory=_whole_numbers)
    image_numbers: array = field(default_factory=_whole_numbers)
    image_sizes: array = field(default_factory=_whole_numbers)
    image_names: CompactTexts = field(default_factory=CompactTexts)
    box_images: array = field(default_factory=_whole_numbers)
    box_tracks: array = field(default_factory=_whole_numbers)
    box_categories: array = field(default_factory=_whole_numbers)
    box_flags: array = field(default_factory=_whole_numbers)
    boxes_ltwh: array = field(default_factory=lambda: array("d"))
    n_crowds: int = 0
    n_tiny: int = 0
    left_out: list[str] = field(default_factory=list)

    def add_video(self, own_id: int, name: str) -> None:
        """Adds a video; a slash in its name becomes a dash."""
        self.video_ids.append(own_id)
        self.video_names.append(name.replace("/", "-"))

    def add_image(
        self, own_id: int, video: int, number: int, size: tuple[int, int], name: str
    ) -> None:
        """Adds an image; see the attributes."""
        self.image_ids.append(own_id)
        self.image_videos.append(video)
        self.image_numbers.append(number)
        self.image_sizes.extend(size)
        self.image_names.append(name)

    def add_box(
        self,
        image: int,
        track: int,
        category: int,
        box_ltwh: Sequence[float],
        *,
        flags: int = 0,
        is_crowd: bool = False,
    ) -> None:
        """Adds a box; see the attributes."""
        _, _, width, height = box_ltwh
        is_of_use = not is_crowd and not is_tiny(width, height)
        self.n_crowds += is_crowd
        self.n_tiny += not is_crowd and not is_of_use
        self.boxes_ltwh.extend(box_ltwh if is_of_use else _NO_BOX)
        self.box_images.append(image)
        self.box_tracks.append(track)
        self.box_categories.append(category)
        self.box_flags.append(flags)


def labelled_videos(
    document: Path, tables: Tables, label_of: Mapping[int, str], folder: ImageFolder
) -> Iterator[LabelledVideo]:
    """Makes videos of a document's records.

    A track is absent from every image of its video that has no box of it.

    Args:
        document: Where the records come from, for messages.
        tables: The records.
        label_of: From a category's id to its name.
        folder: Where the images are.

    Yields:
        The videos in the order of the document. One with an image that is not there, two images
        of one time, frames of different sizes or two boxes of a track in an image is passed over.

    Raises:
        UserError: A record names a video or an image that is not there, ids or names of videos
            are repeated.
    """
    _check_names(document, tables)
    images, boxes, rows = _ordered(document, tables)
    for video, name in enumerate(tables.video_names):
        place = f"{document}, video {tables.video_ids[video]} ({name})"
        mine = images.of(video)
        files = [tables.image_names[image] for image in mine]
        tracks = list(_tracks(tables, boxes.of(video), rows))
        trouble = _trouble(tables, mine, files, folder) or _repeated(tracks, files)
        if trouble:
            yield passed_over(name, f"{place}: {trouble}")
            continue
        yield LabelledVideo(
            name,
            FrameFiles(folder.folder, files),
            [_target(track, len(files), label_of) for track in tracks if track.is_seen()],
            next(iter(_sizes(tables, mine)), None),
            left_out=[
                f"{place}, track {track.id}: it has no box that is of use"
                for track in tracks
                if not track.is_seen()
            ],
        )


class _Grouped(NamedTuple):
    """Records, video by video.

    Attributes:
        order: int64 [N], places of the records.
        starts: int64 [V + 1], where each video's begin in `order`.
    """

    order: np.ndarray
    starts: np.ndarray

    def of(self, video: int) -> np.ndarray:
        """Places of a video's records, in order."""
        return self.order[self.starts[video] : self.starts[video + 1]]


class _Track(NamedTuple):
    """Boxes of one track, M of them.

    Attributes:
        id: Of the track.
        category: Id of its category.
        rows: int64 [M], its frames, rising.
        boxes_ltwh: float64 [M, 4].
        flags: int64 [M].
    """

    id: int
    category: int
    rows: np.ndarray
    boxes_ltwh: np.ndarray
    flags: np.ndarray

    def is_seen(self) -> bool:
        """Whether any of its boxes is of use."""
        return not np.isnan(self.boxes_ltwh).all()


def _check_names(document: Path, tables: Tables) -> None:
    for what, ids in (("videos", tables.video_ids), ("images", tables.image_ids)):
        repeated = first_repeated(ids)
        if repeated is not None:
            raise UserError(
                f"{document}: two {what} have the id {repeated}; ids that differ are right"
            )
    name, count = Counter(tables.video_names).most_common(1)[0]
    if count > 1:
        raise UserError(
            f"{document}: {count} videos are called {name}; names that differ are right"
        )


def _ordered(document: Path, tables: Tables) -> tuple[_Grouped, _Grouped, np.ndarray]:
    """Images in time, boxes by track and time, and the row of each box in its video, int64 [M]."""
    n_videos = len(tables.video_ids)
    videos = places_of(tables.video_ids, tables.image_videos)
    _check_found(document, videos, tables.image_ids, tables.image_videos, "image", "video")
    images = _grouped(videos, n_videos, np.asarray(tables.image_numbers))
    rows = np.empty(len(videos), dtype=np.int64)
    rows[images.order] = np.arange(len(videos)) - images.starts[videos[images.order]]
    owners = places_of(tables.image_ids, tables.box_images)
    _check_found(document, owners, tables.box_tracks, tables.box_images, "track", "image")
    tracks = np.asarray(tables.box_tracks)
    return images, _grouped(videos[owners], n_videos, tracks, rows[owners]), rows[owners]


def _check_found(
    document: Path, places: np.ndarray, ids: array, owners: array, what: str, owner: str
) -> None:
    lost = np.flatnonzero(places < 0)
    if lost.size:
        raise UserError(
            f"{document}: {what} {ids[lost[0]]} is of {owner} {owners[lost[0]]}, which is not "
            f"among the {owner}s; the id of one is right"
        )


def _grouped(videos: np.ndarray, n_videos: int, *by: np.ndarray) -> _Grouped:
    order = np.lexsort((*by[::-1], videos))
    return _Grouped(order, np.searchsorted(videos[order], np.arange(n_videos + 1)))


def _tracks(tables: Tables, boxes: np.ndarray, rows: np.ndarray) -> Iterator[_Track]:
    """Tracks of one video, by the places of its boxes in the order of tracks and time."""
    ids = np.asarray(tables.box_tracks)[boxes]
    for places in np.split(boxes, np.flatnonzero(np.diff(ids)) + 1) if len(boxes) else ():
        yield _Track(
            tables.box_tracks[places[0]],
            tables.box_categories[places[0]],
            rows[places],
            np.asarray(tables.boxes_ltwh).reshape(-1, 4)[places],
            np.asarray(tables.box_flags)[places],
        )


def _trouble(tables: Tables, images: np.ndarray, files: list[str], folder: ImageFolder) -> str:
    """What is wrong with the images of a video."""
    if not files:
        return "it has no images"
    numbers = np.asarray(tables.image_numbers)[images]
    same = np.flatnonzero((np.diff(numbers) == 0) & (numbers[1:] >= 0))
    if same.size:
        return f"{files[same[0]]} and {files[same[0] + 1]} are both frame {numbers[same[0]]}"
    sizes = _sizes(tables, images)
    if len(sizes) > 1:
        (width, height), (other_width, other_height) = sizes[:2]
        return f"it has frames of {width} x {height} and of {other_width} x {other_height} pixels"
    missing = next((file for file in files if not folder.holds(file)), None)
    return f"there is no image {missing} in {folder.folder}" if missing else ""


def _sizes(tables: Tables, images: np.ndarray) -> list[tuple[int, int]]:
    """The different (width, height) that the images of a video are said to have."""
    sizes = np.asarray(tables.image_sizes).reshape(-1, 2)[images]
    told = sizes[(sizes > 0).all(axis=1)]
    return [(int(width), int(height)) for width, height in np.unique(told, axis=0)]


def _repeated(tracks: list[_Track], files: list[str]) -> str:
    """Which track has two boxes in an image."""
    for track in tracks:
        same = np.flatnonzero(np.diff(track.rows) == 0)
        if same.size:
            return f"{files[track.rows[same[0]]]} has two boxes of track {track.id}"
    return ""


def _target(track: _Track, n_frames: int, label_of: Mapping[int, str]) -> Target:
    """A box, or its absence, in each frame; nothing where the box is of no use."""
    boxes, flags = np.full((n_frames, 4), np.nan), np.zeros(n_frames, dtype=np.uint8)
    boxes[track.rows], flags[track.rows] = track.boxes_ltwh, track.flags
    known = np.ones(n_frames, dtype=bool)
    known[track.rows[np.isnan(track.boxes_ltwh[:, 0])]] = False
    rows = np.flatnonzero(known).astype(np.int32)
    label = label_of.get(track.category, "")
    return Target(str(track.id), label, rows, boxes[rows], flags[rows])
