"""Times training: the input pipeline alone, the step alone, and both together."""

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from src.benchmarking.frames import EMBEDDED
from src.benchmarking.results import Candidate, Measure, Variant
from src.benchmarking.timing import alternate, over_rounds, ratios, round_sizes
from src.datasets.index import Index
from src.datasets.index_building import make_index
from src.evaluating.following import timed
from src.network.siamese import build_network
from src.pairs.list_making import shuffled_rows
from src.pairs.pair_list import write_pair_rows
from src.pairs.video_pairs import draw_video_pairs
from src.parameters.hyperparams import Hyperparams
from src.records.preparation import prepare_records
from src.records.read_training_dataset import reading_errors, training_batches
from src.records.store import RecordSet, manifest_path, open_records
from src.training.precision import settle_training_precision
from src.training.train_step import Learner

ROUND_STEPS = 6
WARM_UP = 2
INPUT_BATCHES = 8  # for each step: the input is so much faster

_PAIRS = 320  # of the embedded clips
_EPOCHS = 10**6  # nobody waits for their end

# what is timed -> pairs a second in one round
Rates = dict[str, float]


class TrainingRun:
    """A design that learns, measured in rounds.

    Attributes:
        precision: What its backbone computes with.
    """

    def __init__(self, candidate: Candidate, records: RecordSet, clock: Callable[[], float]):
        """Builds network, step and input.

        Args:
            candidate: Design, hyper-parameters, seed and precision.
            records: What it learns from.
            clock: Seconds, rising.
        """
        hp, _, run, _, design = candidate.parameters
        run = settle_training_precision(run, design, hp, stored=None)
        self.precision = run.precision
        network = build_network(design, run.seed, run.precision)
        self._learner = Learner(network, design, hp, steps=_EPOCHS)
        self._batches = iter(training_batches(records, design, hp, run.seed, _EPOCHS))
        self._batch = next(self._batches)
        self._pairs, self._clock = design.batch_size, clock

    def round(self, _number: int, steps: int) -> Rates:
        """Takes batches, learns from one again and again, then from new ones.

        Args:
            steps: How many; of the input alone eight times as many.

        Returns:
            Pairs a second of `input`, `step` and `input_and_step`.
        """
        batches = INPUT_BATCHES * steps
        seconds = {
            "input": self._time(self._take, batches) / INPUT_BATCHES,
            "step": self._time(self._learn, itertools.repeat(self._batch, steps)),
            "input_and_step": self._time(self._learn, itertools.islice(self._batches, steps)),
        }
        return {name: steps * self._pairs / taken for name, taken in seconds.items()}

    def _time(self, function: Callable, *arguments: object) -> float:
        with reading_errors():
            return timed(self._clock, function, *arguments)[1]

    def _take(self, batches: int) -> None:
        for _ in range(batches):
            next(self._batches)

    def _learn(self, batches: itertools.islice) -> None:
        for batch in batches:
            # as the trainer does, which stops where a loss is not finite
            bool(self._learner.train_step(batch))


def measure_training(
    candidates: Sequence[Candidate],
    steps: int,
    folder: Path,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[Variant], list[str]]:
    """Times the training of the candidates in turn.

    Args:
        candidates: What learns.
        steps: Of each, with batches of `design.batch_size`.
        folder: Temporary.
        clock: Seconds, rising.

    Returns:
        A variant for each candidate, and notes.

    Raises:
        UserError: The records at `environment.tfrecord_path` are damaged or of another design.
    """
    found = [find_records(candidate, folder) for candidate in candidates]
    runs = [
        TrainingRun(candidate, records, clock)
        for candidate, (records, _) in zip(candidates, found, strict=True)
    ]
    for run in runs:
        run.round(0, WARM_UP)
    sizes = round_sizes(steps, ROUND_STEPS)
    rounds = alternate([run.round for run in runs], sizes)
    variants = [
        candidate.variant(one.precision, measures_of(rates, rounds[0]))
        for candidate, one, rates in zip(candidates, runs, rounds, strict=True)
    ]
    notes = dict.fromkeys(note for _, note in found)
    return variants, [*notes, f"{steps} steps in {len(sizes)} rounds, {WARM_UP} before not counted"]


def measures_of(rounds: Sequence[Rates], first: Sequence[Rates]) -> dict[str, Measure]:
    """Sums up the rounds of one candidate; `first` are those of the first, to compare with."""
    columns = {name: [rates[name] for rates in rounds] for name in rounds[0]}
    both = columns["input_and_step"]
    return {
        **{name: over_rounds("pairs/s", rates) for name, rates in columns.items()},
        "both_to_step_alone": ratios("", both, columns["step"]),
        "speed_to_first": ratios("", both, [rates["input_and_step"] for rates in first]),
    }


def find_records(candidate: Candidate, folder: Path) -> tuple[RecordSet, str]:
    """The training records of the parameters, or new ones from the embedded clips.

    Args:
        candidate: Design and environment.
        folder: Temporary; new records go there.

    Returns:
        The records, and a sentence that says which they are.

    Raises:
        UserError: There are records, but damaged or of another design.
    """
    hp, _, run, env, design = candidate.parameters
    if manifest_path(env, "train").exists():
        return open_records(design, env, "train"), "records: those of environment.tfrecord_path"
    place = Path(tempfile.mkdtemp(dir=folder))
    changes = {"root_dataset": str(EMBEDDED), "tfrecord_path": str(place)}
    env = env.model_copy(update=changes | {"pair_list": str(place / "pairs.csv")})
    index = make_index(place / "index", EMBEDDED / "train", None, run)
    write_pair_rows(env.pair_list, draw_pairs(index, hp, _PAIRS, EMBEDDED), "")
    prepare_records(design, env, run)
    note = f"records: {_PAIRS} pairs of the embedded clips, as environment.tfrecord_path has none"
    return open_records(design, env, "train"), note


def draw_pairs(index: Index, hp: Hyperparams, pairs: int, root: Path) -> list[list]:
    """Rows of shuffled training pairs, `pairs` in all, or as many as the videos give."""
    each = hp.model_copy(
        update={"pairs_per_video": -(-pairs // index.n_targets), "validation_share": 0.0}
    )
    drawn, _ = draw_video_pairs(index, each, seed=1, root=root)
    return list(islice(shuffled_rows([drawn], seed=1), pairs))
