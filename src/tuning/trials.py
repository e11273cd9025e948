"""The file of a search that can be killed: its settings, then one JSON line a finished track."""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from src.base.errors import UserError
from src.tuning.hyperparameter_search import Unit, Values, VideoScore


class TrialFile:
    """The scores that a file holds; new ones are added to both."""

    def __init__(self, path: Path, file: BinaryIO, settings: dict[str, Any]):
        """Reads the file; the settings go into a new one.

        Args:
            path: Its path.
            file: The same, unbuffered, to read and append.
            settings: All that the scores depend on, for JSON.

        Raises:
            UserError: The file belongs to other settings, or is not such a file.
        """
        self._file = file
        self._scores: dict[tuple, VideoScore] = {}
        settings = json.loads(json.dumps(settings))
        file.seek(0)
        data = file.read()
        # what stands behind the last line's end was cut short when its writer was killed
        whole = data[: data.rfind(b"\n") + 1]
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            theirs = dict(lines[0]["settings"]) if lines else settings
            for line in lines[1:]:
                score = VideoScore(line["success_auc"], line["precision_20px"])
                self._scores[_key(line["video"], line["values"])] = score
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(
                f"{path}: is not the file of trials that was written here; remove it or choose "
                "another --out"
            ) from error
        if differing := _differences(theirs, settings):
            raise UserError(
                f"{path}: holds trials of other settings ({', '.join(differing)}); choose another "
                "--out, or remove the file"
            )
        file.truncate(len(whole))
        if not lines:
            self._append({"settings": settings})

    def find(self, unit: Unit) -> VideoScore | None:
        """The score of a unit of work, None if it is not finished."""
        return self._scores.get(_key(unit.video, unit.values))

    def add(self, unit: Unit, score: VideoScore) -> None:
        """Keeps the score of a finished unit of work."""
        self._append(unit._asdict() | score._asdict())
        self._scores[_key(unit.video, unit.values)] = score

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")


@contextlib.contextmanager
def open_trials(path: Path, settings: dict[str, Any]) -> Iterator[TrialFile]:
    """Opens or makes a file of trials and keeps other searches out of it.

    Args:
        path: The file.
        settings: All that the scores depend on, for JSON.

    Yields:
        The file.

    Raises:
        UserError: It belongs to other settings, is not such a file, is in use, or cannot be
            written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise UserError(
            f"{path}: trials cannot be written here ({error.strerror}); --out should be in a "
            "folder that can be written"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"{path}: another search is writing to it; wait for its end or choose another --out"
            ) from error
        yield TrialFile(path, file, settings)


def _key(video: str, values: Values) -> tuple:
    """Tracks with equal values are equal, whichever trial they belong to."""
    return video, *sorted(values.items())


def _differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Settings that differ, each as `key THEIRS, now OURS`."""
    before, now = dict(_flat(theirs)), dict(_flat(ours))
    return [
        f"{key} {json.dumps(before.get(key))}, now {json.dumps(now.get(key))}"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Keys and values of objects within objects, the keys joined by dots."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
