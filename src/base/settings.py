"""Were two things made with the same settings, and whose is a file or a folder?

Settings are what a result depends on, as JSON holds it: objects within objects. A key that is
missing counts as null, so that files from before the key stay readable.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from src.base.errors import UserError
from src.base.files import atomic_write_text


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by their whole key: objects are walked through, keys are joined by dots."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def differing_keys(all_settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys whose values are not the same in all settings, in the order of the settings.

    Args:
        all_settings: Any number of them.

    Returns:
        Whole keys, such as `design.context`.
    """
    values = [flat(settings) for settings in all_settings]
    keys = dict.fromkeys(key for one in values for key in one)
    return [key for key in keys if any(one.get(key) != values[0].get(key) for one in values)]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What is not the same, each as `key OLD, now NEW`, sorted by key.

    Args:
        old: The settings that something was made with, for JSON.
        new: Those that are asked for.

    Returns:
        Texts such as `design.context 0.5, now 0.25`; none if the settings agree.
    """
    before, now = flat(old), flat(new)
    return [
        f"{key} {json.dumps(before.get(key))}, now {json.dumps(now.get(key))}"
        for key in sorted(differing_keys([old, new]))
    ]


def asked_part(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `old` whose keys `new` has too, for where more is stored than matters."""
    return {
        key: asked_part(value, new[key])
        if isinstance(value, Mapping) and isinstance(new[key], Mapping)
        else value
        for key, value in old.items()
        if key in new
    }


def refuse_others(place: str | Path, why: Sequence[str], advice: str) -> None:
    """Refuses what was made with other settings.

    Args:
        place: Where it lies.
        why: As `differences` tells it; nothing is refused if there is none.
        advice: What the user can do, ends the sentence.

    Raises:
        UserError: There are differences.
    """
    if why:
        raise UserError(f"{place}: belongs to other settings ({', '.join(why)}); {advice}")


def claim(path: Path, settings: Mapping[str, Any], advice: str) -> None:
    """Makes sure that a folder, or what lies beside a file, belongs to these settings.

    Args:
        path: The JSON file that says so; written if it is not there.
        settings: What all of it depends on, for JSON.
        advice: What the user can do where it belongs to others, ends the sentence.

    Raises:
        UserError: It belongs to other settings, or the file is damaged.
    """
    try:
        theirs = dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        atomic_write_text(path, json.dumps(settings, indent=2) + "\n")
        return
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{path}: is not the JSON object that was written here; {advice}"
        ) from error
    # a tuple is a list once it is written
    ours = json.loads(json.dumps(settings))
    refuse_others(path.parent, differences(theirs, ours), advice)
