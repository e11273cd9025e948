"""The order in which people expect numbered names."""

import re


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Orders numbers inside names by value: 2.jpg before 10.jpg."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], name
