"""Times what comes before records: the index of a data set's labels, and pairs drawn from it."""

import os
import resource
import shutil
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

from src.benchmarking.results import Candidate, Measure, Variant
from src.benchmarking.timing import alternate, over_rounds, ratios
from src.datasets.index import Index
from src.datasets.index_building import make_index
from src.datasets.layouts import find_source
from src.pairs.list_making import shuffled_rows
from src.pairs.pair_list import write_pair_rows
from src.pairs.sharing import draw_shares

Clock = Callable[[], float]
# what a plain loop is compared with
_XML_LAYOUT = "vid"


class LabelsRun:
    """The first of `environment.train_dataset`, indexed and drawn from in rounds."""

    def __init__(self, candidate: Candidate, folder: Path, clock: Clock):
        """Finds the data set.

        Args:
            candidate: Whose parameters count: places, seed, workers, pairs.
            folder: Temporary.
            clock: Seconds, rising.

        Raises:
            UserError: There is no such data set.
        """
        self.hp, _, self.run, env, _ = candidate.parameters
        source = env.train_dataset[0]
        self.root, self._folder, self._clock = Path(env.root_dataset), folder, clock
        self.path, self._layout = self.root / source.path, source.layout or env.train_layout
        self.layout, row = find_source(self.path, self._layout)
        self.units = len(row.units(self.path))

    def index_anew(self, _round: int, _size: int) -> float:
        """Seconds to make the index of all labels."""
        shutil.rmtree(self._folder / "index", ignore_errors=True)
        return self._timed(self.open_index)

    def read_plainly(self, _round: int, _size: int) -> float:
        """Seconds of a loop over all XML files in one process, by `xml.etree.ElementTree`."""
        return self._timed(lambda: read_xml_plainly(self.path))

    def open_again(self) -> float:
        """Seconds to open the index that is there, with the look whether it still holds."""
        return self._timed(self.open_index)

    def draw(self) -> tuple[float, int]:
        """Seconds to draw pairs and write their list, and how many there were."""
        index, written = self.open_index(), []
        seconds = self._timed(lambda: written.append(self._write_list(index)))
        return seconds, written[0]

    def open_index(self) -> Index:
        """The index; it is made first if there is none."""
        return make_index(self._folder / "index", self.path, self._layout, self.run)

    def _write_list(self, index: Index) -> int:
        pairs = draw_shares([index], [1.0], self.hp, self.run.seed, self.root)[0].pairs
        write_pair_rows(self._folder / "pairs.csv", shuffled_rows([pairs], self.run.seed), "")
        return len(pairs)

    def _timed(self, work: Callable[[], object]) -> float:
        begin = self._clock()
        work()
        return self._clock() - begin


def read_xml_plainly(top: Path) -> int:
    """Takes track and box of every object out of all XML files, as most scripts do.

    Args:
        top: Folder of the files, at any depth.

    Returns:
        Number of objects.
    """
    objects, corners = [], ("xmin", "ymin", "xmax", "ymax")
    for folder, _, names in os.walk(top):
        for name in names:
            if name.endswith(".xml"):
                for found in ET.parse(os.path.join(folder, name)).findall("object"):
                    box = found.find("bndbox")
                    edges = [float(box.find(edge).text) for edge in corners]
                    objects.append((found.find("trackid").text, edges))
    return len(objects)


def measure_labels(
    candidates: Sequence[Candidate],
    rounds: int,
    folder: Path,
    clock: Clock = time.perf_counter,
) -> tuple[list[Variant], list[str]]:
    """Times index and drawing of the first candidate's first source.

    Args:
        candidates: The first one counts: labels know no network.
        rounds: How often each is done.
        folder: Temporary.
        clock: Seconds, rising.

    Returns:
        One variant, and notes.

    Raises:
        UserError: There is no such data set, or it gives no pairs.
    """
    measured = LabelsRun(candidates[0], folder, clock)
    contestants = [measured.index_anew]
    contestants += [measured.read_plainly] * (measured.layout == _XML_LAYOUT)
    seconds = alternate(contestants, [1] * rounds)
    made = [measured.units / each for each in seconds[0]]
    measures = {"index_made": over_rounds("videos/s", made)}
    if len(seconds) > 1:
        plain = [measured.units / each for each in seconds[1]]
        measures["plain_xml_loop"] = over_rounds("videos/s", plain)
        measures["index_to_plain_loop"] = ratios("", made, plain)
    measures["index_opened"] = over_rounds("s", [measured.open_again() for _ in range(rounds)])
    drawn = [measured.draw() for _ in range(rounds)]
    measures["pairs_drawn"] = over_rounds("pairs/s", [pairs / took for took, pairs in drawn])
    measures["largest_worker"] = Measure(unit="MB", value=_largest_child_mb())
    note = f"{measured.path}: {measured.units} videos, {drawn[0][1]} pairs in {rounds} rounds"
    return [candidates[0].variant("-", measures)], [note]


def _largest_child_mb() -> float:
    """Largest resident size of any ended child process, MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
