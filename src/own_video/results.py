"""What is kept of the track of one's own video, and the files it becomes.

Beside the files of `src.evaluating.results` there are, for every track, `<name>.csv` and
`<name>.json` with a row for each frame from the start on, and `<name>_annotated.mp4`. The JSON
file is written last.
"""

import json
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from src.base.errors import UserError
from src.base.files import atomic_path
from src.base.settings import asked_part, differences
from src.evaluating.results import ResultFolder, Track

FRAME_COLUMNS = ("frame", "seconds", "x", "y", "w", "h", "score", "confidence", "lost")
ENDED, ENDED_EARLY, INTERRUPTED, CLOSED = "end", "early", "interrupted", "closed"

_WIDTH = len(FRAME_COLUMNS) + 2
_DECIMALS = {"frame": 0, "seconds": 6, "lost": 0}
_USUAL_DECIMALS = 4


class FrameRows:
    """Rows of numbers, 88 bytes a frame."""

    def __init__(self) -> None:
        """Begins without rows."""
        self._values = array("d")

    def add(
        self,
        index: int,
        seconds: float,
        box_ltwh: Iterable[float] = (np.nan,) * 4,
        score: float = np.nan,
        confidence: float = np.nan,
        lost: float = np.nan,
        track_seconds: float = np.nan,
        read_seconds: float = np.nan,
    ) -> None:
        """Adds a frame, whole even if a signal comes.

        Args:
            index: Of the frame in the video; rising by 1.
            seconds: Its time in the video.
            box_ltwh: Frame pixels; this and all that follows is NaN for a broken frame.
            score: Peak of the response; NaN for the start frame.
            confidence: 0...1.
            lost: 1 if the target is lost, else 0.
            track_seconds: Time of `init` or `update`.
            read_seconds: Time that the tracker waited for the frame.
        """
        row = (index, seconds, *box_ltwh, score, confidence, lost, track_seconds, read_seconds)
        self._values.extend(array("d", row))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._values)

    def table(self) -> np.ndarray:
        """The rows: float64 [N, 11], `FRAME_COLUMNS`, then the seconds of tracking and reading."""
        return np.array(self._values).reshape(-1, _WIDTH)

    def track(self) -> Track:
        """The same for the result files: a row for each frame from the video's first on."""
        table = self.table()
        track = Track.empty(int(table[-1, 0]) + 1)
        rest = slice(int(table[0, 0]), None)
        track.boxes_ltwh[rest], track.confidence[rest] = table[:, 2:6], table[:, 7]
        track.seconds[rest], track.read_seconds[rest] = table[:, 9], table[:, 10]
        return track

    def counts(self) -> dict[str, Any]:
        """How many frames there are from the start on, how many of them are broken, and speeds.

        Returns:
            For JSON: `frames`, `broken_frames`, `blank_frames` (that show nothing), `updates`, and
            updates a second without and with reading, None without updates. The start frame counts
            in neither.
        """
        table = self.table()
        updates = table[1:][~np.isnan(table[1:, 9]), 9:]
        speed = len(updates) / updates[:, 0].sum() if len(updates) else None
        with_reading = len(updates) / updates.sum() if len(updates) else None
        return {
            "frames": len(table),
            "broken_frames": int(np.isnan(table[:, 2]).sum()),
            # no other frame has just this confidence
            "blank_frames": int((table[:, 7] == 0).sum()),
            "updates": len(updates),
            "speed": speed,
            "speed_with_reading": with_reading,
        }


def annotated_path(results: ResultFolder, name: str) -> Path:
    """The annotated video of a track."""
    return results.path / f"{name}_annotated.mp4"


def known_result(results: ResultFolder, name: str, about: dict[str, Any]) -> Path | None:
    """Looks for the results of an earlier run, which are never overwritten.

    Args:
        results: The folder.
        name: Of the track.
        about: What the track depends on beside the folder's settings; a None fits everything.

    Returns:
        The JSON file of a whole track of the same video and start; None if there are no files.

    Raises:
        UserError: There are files of another video or start, or of a track that was broken off.
    """
    path = results.path / f"{name}.json"
    files = [path, *(results.path / f"{name}{end}" for end in (".txt", ".csv"))]
    if not any(file.exists() for file in [*files, annotated_path(results, name)]):
        return None
    known = _read_json(path)
    asked = {key: value for key, value in about.items() if value is not None}
    why = differences(asked_part(known, asked), asked)
    if not known:
        why = [f"without {path.name}"]
    elif not why and known.get("ended") not in (ENDED, ENDED_EARLY):
        why = [f"a track that ended with {json.dumps(known.get('ended'))}"]
    if why:
        raise UserError(
            f"{results.path / name}.*: results are there already ({', '.join(why)}); keep them and "
            "choose another name with --set evaluation.tracker=NAME, or remove them"
        )
    return path


def write_own_track(
    results: ResultFolder, name: str, about: dict[str, Any], rows: FrameRows
) -> list[Path]:
    """Writes all files of a track but the annotated video.

    Args:
        results: The folder.
        name: Of the track.
        about: Begins the JSON object; without NaN, which is not JSON.
        rows: At least one.

    Returns:
        The files of boxes and rows; the last one means that all are whole.
    """
    results.write(name, rows.track())
    table = rows.table()[:, : len(FRAME_COLUMNS)]
    files = [results.path / f"{name}{end}" for end in (".txt", ".csv", ".json")]
    _write_lines(files[1], _csv_lines(table))
    _write_lines(files[2], _json_lines(about, table))
    return files


def _csv_lines(table: np.ndarray) -> Iterator[str]:
    """A line a frame; what is not known is left empty."""
    yield ",".join(FRAME_COLUMNS) + "\n"
    for row in table:
        numbers = (_number(column, value) for column, value in zip(FRAME_COLUMNS, row, strict=True))
        yield ",".join("" if text is None else text for text in numbers) + "\n"


def _json_lines(about: dict[str, Any], table: np.ndarray) -> Iterator[str]:
    """One object, with a line for each frame in it."""
    yield json.dumps(about, indent=2, allow_nan=False).removesuffix("\n}") + ',\n  "track": [\n'
    for number, row in enumerate(table, 1):
        values = {key: _value(key, value) for key, value in zip(FRAME_COLUMNS, row, strict=True)}
        box = [values.pop(key) for key in ("x", "y", "w", "h")]
        frame = {"frame": values.pop("frame"), "seconds": values.pop("seconds")}
        frame |= {"box": None if box[0] is None else box, **values}
        yield f"    {json.dumps(frame, allow_nan=False)}{',' if number < len(table) else ''}\n"
    yield "  ]\n}\n"


def _number(column: str, value: float) -> str | None:
    """The number with the decimals of its column; None for NaN."""
    return None if np.isnan(value) else f"{value:.{_DECIMALS.get(column, _USUAL_DECIMALS)}f}"


def _value(column: str, value: float) -> Any:
    """The same for JSON."""
    text = _number(column, value)
    if text is None:
        return None
    return {"frame": int, "lost": lambda flag: flag == "1"}.get(column, float)(text)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)


def _read_json(path: Path) -> dict[str, Any]:
    """The object, or an empty one where there is none."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
