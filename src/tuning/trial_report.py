"""What a search of hyper-parameters prints."""

from collections.abc import Iterator

from src.tuning.hyperparameter_search import Trial, VideoScore


def trial_line(trial: Trial) -> str:
    """One trial: its scores, then its values."""
    values = ", ".join(f"{name} {value:g}" for name, value in trial.values.items())
    return f"trial {trial.number} -- {_scores(trial.mean)} -- {values}"


def report_lines(start: Trial, best: Trial) -> Iterator[str]:
    """The gain over the starting values, in all and by video, and what it is worth.

    Args:
        start: Trial 0.
        best: The best of all, perhaps the same.

    Yields:
        Lines.
    """
    gain = best.mean.success_auc - start.mean.success_auc
    yield f"Best: trial {best.number} -- {_scores(best.mean)} -- {gain:+.4f} AUC over trial 0"
    width = max(map(len, ["video", *best.scores]))
    yield f"{'video':{width}}  AUC of 0    best    gain  precision of 0    best"
    for name, (auc, precision) in best.scores.items():
        auc_0, precision_0 = start.scores[name]
        yield (
            f"{name:{width}}  {auc_0:8.4f}  {auc:6.4f} {auc - auc_0:+7.4f}"
            f"  {precision_0:14.4f}  {precision:6.4f}"
        )
    yield (
        f"Warning: these videos ({len(best.scores)}) are no test set any more: the values were "
        "chosen by their scores, so judge them on other videos"
    )


def _scores(score: VideoScore) -> str:
    return f"success AUC {score.success_auc:.4f}, precision at 20 px {score.precision_20px:.4f}"
