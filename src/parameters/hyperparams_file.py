"""The text of a hyper-parameters' file that a command writes: a key a line, as in `parameters/`."""

import json
from collections.abc import Mapping
from typing import Any


def hyperparams_text(values: Mapping[str, Any]) -> str:
    """Writes values as JSON, each key with its whole value on one line.

    Args:
        values: For JSON, by key.

    Returns:
        The text of the file.
    """
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
