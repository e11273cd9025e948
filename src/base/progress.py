"""How far long work has come: a bar on terminals, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Self

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10


def progress(
    iterable: Iterable | None = None, *, total: int | None, desc: str, unit: str, initial: int = 0
) -> "tqdm | ProgressLines":
    """A bar on stderr with rate and remaining time; lines where stderr is no terminal.

    Args:
        iterable: What to go through, or None to call `update` by hand.
        total: Units in all; None: unknown.
        desc: What is being done.
        unit: Name of one unit.
        initial: Units done before.

    Returns:
        The bar; a context manager and an iterator.
    """
    if not sys.stderr.isatty():
        return ProgressLines(iterable, total, desc, unit, initial)
    return tqdm(
        iterable,
        total=total,
        desc=desc,
        unit=unit,
        initial=initial,
        file=sys.stderr,
        dynamic_ncols=True,
    )


class ProgressLines:
    """Writes a line on stderr every ten seconds; nothing for work that is done before that.

    Attributes:
        n: Units done.
        total: Units in all; None: unknown.
    """

    def __init__(
        self,
        iterable: Iterable | None,
        total: int | None,
        desc: str,
        unit: str,
        initial: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ):
        """As `progress` has them.

        Args:
            iterable: What to go through, or None.
            total: Units in all, or None.
            desc: What is being done.
            unit: Name of one unit.
            initial: Units done before.
            clock: Seconds, rising.
        """
        self.n, self.total = initial, total
        self._iterable, self._desc, self._unit = iterable, desc, unit
        self._initial, self._clock, self._postfix = initial, clock, ""
        self._began = self._told = clock()

    def __enter__(self) -> Self:
        """The same; there is nothing to open."""
        return self

    def __exit__(self, *error: object) -> None:
        """The last line may be up to ten seconds old; what was done is told elsewhere."""

    def __iter__(self) -> Iterator:
        """What is gone through, each counted when the next is wanted."""
        for item in self._iterable or ():
            yield item
            self.update()

    def update(self, n: int = 1) -> None:
        """Counts `n` more units as done, and writes a line if it is time."""
        self.n += n
        now = self._clock()
        if now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            print(self._line(now - self._began), file=sys.stderr, flush=True)

    def set_postfix(self, values: Mapping[str, float]) -> None:
        """Says more at the end of the line."""
        self._postfix = "".join(f", {key} {value:.3g}" for key, value in values.items())

    def _line(self, seconds: float) -> str:
        """Share, rate and remaining time, as far as they are known."""
        rate = (self.n - self._initial) / seconds
        speed = f"{rate:.1f} {self._unit}s/s" if rate >= 1 or not rate else _slow(rate, self._unit)
        if not self.total:
            return f"{self._desc}: {self.n} {self._unit}s, {speed}{self._postfix}"
        share = f"{self.n / self.total:.0%} ({self.n} of {self.total} {self._unit}s)"
        left = f", {_duration((self.total - self.n) / rate)} left" if rate else ""
        return f"{self._desc}: {share}, {speed}{left}{self._postfix}"


def _slow(rate: float, unit: str) -> str:
    """A rate of less than one a second."""
    return f"{1 / rate:.1f} s/{unit}"


def _duration(seconds: float) -> str:
    """Hours, minutes and seconds, e.g. 1:02:03 or 4:05."""
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
