"""How a training is spread over devices and machines: TensorFlow's own strategies."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence

import tensorflow as tf

from src.base.errors import LostWorkerError, UserError
from src.records.read_training_dataset import Part

CLUSTER = "TF_CONFIG"  # TensorFlow's name for the variable that describes a cluster
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)
RIGHT = (
    '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", "index": 0}}, the '
    "same cluster on every machine and another index"
)


def make_strategy(devices: Sequence[str]) -> tf.distribute.Strategy:
    """Picks the strategy; to be called before anything is computed.

    Args:
        devices: TensorFlow's names of this process's devices (`GPU:0`); none: its one default.

    Returns:
        `MultiWorkerMirroredStrategy` over all that each worker has, where `TF_CONFIG` describes a
        cluster; `MirroredStrategy` over several devices; TensorFlow's default for one.

    Raises:
        UserError: `TF_CONFIG` is not what TensorFlow defines, or its port is taken.
    """
    if os.environ.get(CLUSTER):
        _check_cluster(os.environ[CLUSTER])
        return _join_cluster()
    if len(devices) > 1:
        return tf.distribute.MirroredStrategy(list(devices))
    return tf.distribute.get_strategy()


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes: the only one, or the first worker of a cluster."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_id


def check_replicas(strategy: tf.distribute.Strategy, batch_size: int) -> int:
    """Pairs that every replica has of a batch.

    Args:
        strategy: How the training is spread.
        batch_size: Pairs of a step (`design.batch_size`).

    Returns:
        Its share for each replica.

    Raises:
        UserError: The replicas cannot have equal parts.
    """
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(
            f"design.batch_size is {batch_size}, which {replicas} devices cannot share alike: "
            f"make it a multiple of {replicas}, or use other devices (run.gpus, {CLUSTER})"
        )
    return batch_size // replicas


def deal_batches(
    strategy: tf.distribute.Strategy,
    batch_size: int,
    read_part: Callable[[Part], tf.data.Dataset],
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """Gives every replica its part of every batch: together, what one device would have had.

    Args:
        strategy: How the training is spread.
        batch_size: Pairs of a step.
        read_part: Makes the dataset of a part.

    Returns:
        What yields, for each step, a batch for `strategy.run`.
    """
    replica_pairs = check_replicas(strategy, batch_size)

    def read(context: tf.distribute.InputContext) -> tf.data.Dataset:
        pairs = batch_size // context.num_input_pipelines
        return read_part(Part(context.input_pipeline_id * pairs, pairs, replica_pairs))

    # names are text, which stays on the host; crops are copied by the first operation on them
    options = tf.distribute.InputOptions(experimental_fetch_to_device=False)
    return strategy.distribute_datasets_from_function(read, options)


@contextlib.contextmanager
def lost_workers(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Turns what TensorFlow says when another worker is gone into a `LostWorkerError`."""
    try:
        yield
    except LOST as error:
        if strategy.cluster_resolver is None:
            raise
        raise LostWorkerError(
            "another worker of the cluster is gone; start the same command on all workers to go on "
            "from the last checkpoint"
        ) from error


def _check_cluster(text: str) -> None:
    """Refuses what is not a cluster of workers of which this process is one."""
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        fits = set(config["cluster"]) == {"worker"} and task["type"] == "worker"
        fits = fits and isinstance(task["index"], int) and 0 <= task["index"] < len(workers)
    except (ValueError, LookupError, TypeError):
        fits = False
    if not fits:
        raise UserError(f"the environment variable {CLUSTER} is {text!r}, but should be {RIGHT}")


def _join_cluster() -> tf.distribute.Strategy:
    """Waits for the other workers."""
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.OpError as error:
        raise UserError(
            f"this worker cannot join the cluster of {CLUSTER}: {error.message}; start all "
            "workers within some minutes of each other, with free ports that the others can reach"
        ) from error
