"""Which videos are tracked while training, to choose the best network by."""

from pathlib import Path

from src.base.errors import UserError
from src.pairs.pair_list import read_pair_list
from src.parameters.models import Environment, Evaluation, Run
from src.video.segments import ALL, Segment, plan_segments


def plan_validation(env: Environment, evaluation: Evaluation, run: Run) -> list[Segment]:
    """Finds the validation videos; decodes no image.

    Args:
        env: `validation_datasets`, or else the pair list and the folder of its videos.
        evaluation: `first_index`; nothing else of it, so that no test data is looked at.
        run: `track_videos`.

    Returns:
        One segment for each video, from its first visible frame.

    Raises:
        UserError: A folder, a video or its ground truth is wrong, or two videos have one name.
    """
    if env.validation_datasets:
        segments = [
            segment
            for folder in env.validation_datasets
            for segment in _plan(env, evaluation, folder, ALL)
        ]
    else:
        pairs = read_pair_list(env.pair_list)
        names = sorted({pair.video for pair in pairs if pair.split == "validation"})
        segments = [
            segment for name in names for segment in _plan(env, evaluation, env.train_dataset, name)
        ]
    return _named(segments, run.track_videos)


def _plan(env: Environment, evaluation: Evaluation, dataset: str, video: str) -> list[Segment]:
    """Segments of one video, or of all, from the first frame."""
    wanted = {"dataset": dataset, "video": video, "n_subseq": 1, "start_frame": 0}
    segments = plan_segments(env, evaluation.model_copy(update=wanted))
    for segment in segments:
        if segment.sequence.boxes_ltwh is None:
            raise UserError(
                f"{Path(env.root_dataset) / dataset / segment.name}: a validation video needs its "
                "ground truth"
            )
    return segments


def _named(segments: list[Segment], names: tuple[str, ...]) -> list[Segment]:
    """The segments of the named videos; all if none is named."""
    known: dict[str, Segment] = {}
    for segment in segments:
        same = known.setdefault(segment.name, segment)
        if same is not segment:
            raise UserError(
                f"environment.validation_datasets: {same.sequence.frames[0].parent} and "
                f"{segment.sequence.frames[0].parent} have one name, {segment.name}; rename one"
            )
    missing = [name for name in names if name not in known]
    if missing:
        raise UserError(
            f"run.track_videos: {missing[0]} is none of the validation videos: "
            f"{', '.join(sorted(known))}"
        )
    return [known[name] for name in names] or segments
