"""Millions of short texts without an object for each."""

from array import array


class CompactTexts:
    """A list of texts that only grows; 8 bytes for each, and the text itself."""

    def __init__(self) -> None:
        """Holds none."""
        self._data = bytearray()
        self._stops = array("q")

    def append(self, text: str) -> None:
        """Adds a text."""
        self._data += text.encode("utf-8", "surrogatepass")
        self._stops.append(len(self._data))

    def __getitem__(self, k: int) -> str:
        """Text k, from 0."""
        start = self._stops[k - 1] if k else 0
        return self._data[start : self._stops[k]].decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        """How many there are."""
        return len(self._stops)
