"""Kinds of values that parameters have."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _switch(value: object) -> object:
    """The original writes switches as 0 and 1."""
    if value in (0, 1) and isinstance(value, int) and not isinstance(value, bool):
        return bool(value)
    return value


def _odd(value: int) -> int:
    """Sizes and numbers that need a middle one."""
    if value % 2 == 0:
        raise ValueError("should be odd, so that there is a middle one")
    return value


def _path(text: str) -> str:
    """Something that can be a path."""
    if not text or not text.isprintable():
        raise ValueError("should be a path of printable characters")
    return text


def _name(text: str) -> str:
    """Something that can be a file name."""
    if text.startswith(".") or "/" in text or "\\" in text:
        raise ValueError("should be a file name, without slashes and not starting with a dot")
    return text


def _address(text: str) -> str:
    """Where a server listens, or nothing."""
    if text and not re.fullmatch(r"[a-z]+://[^\s/:]+:[0-9]+", text):
        raise ValueError("should be an address such as tcp://host:8786, or empty")
    return text


def _ascending(pair: tuple[int, int]) -> tuple[int, int]:
    """First and last of a range."""
    if pair[0] > pair[1]:
        raise ValueError("should be the first and then the last")
    return pair


Switch = Annotated[bool, BeforeValidator(_switch)]
Count = Annotated[int, Field(ge=1)]
CountRange = Annotated[tuple[Count, Count], AfterValidator(_ascending)]
OddCount = Annotated[int, Field(ge=1), AfterValidator(_odd)]
Share = Annotated[float, Field(ge=0, le=1)]
PartShare = Annotated[float, Field(ge=0, le=0.9)]  # leaves something for the rest
Positive = Annotated[float, Field(gt=0)]
Address = Annotated[str, AfterValidator(_address)]
Path = Annotated[str, AfterValidator(_path)]
Name = Annotated[str, AfterValidator(_path), AfterValidator(_name)]


class Parameters(BaseModel):
    """Base of all: no unknown keys, no conversions between types, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
