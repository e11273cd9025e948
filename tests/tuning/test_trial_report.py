from src.tuning.search import Trial, VideoScore
from src.tuning.trials import report_lines, trial_line

VALUES = {"scale_step": 1.0375, "z_lr": 0.0}
START = Trial(0, VALUES, {"a": VideoScore(0.5, 0.25), "video b": VideoScore(0.25, 0.75)})
BEST = Trial(7, VALUES, {"a": VideoScore(0.75, 0.5), "video b": VideoScore(0.125, 1.0)})


def test_a_trial_is_told_with_scores_and_values():
    assert trial_line(START) == (
        "trial 0 -- success AUC 0.3750, precision at 20 px 0.5000 -- scale_step 1.0375, z_lr 0"
    )


def test_the_report_tells_the_gain_and_every_video():
    first, head, *rows, without_best, warning = report_lines(START, BEST, [])
    assert first == (
        "Best: trial 7 -- success AUC 0.4375, precision at 20 px 0.7500 -- +0.0625 AUC over trial 0"
    )
    assert rows[0].split() == ["a", "0.5000", "0.7500", "+0.2500", "0.2500", "0.5000"]
    assert rows[1].split() == ["video", "b", "0.2500", "0.1250", "-0.1250", "0.7500", "1.0000"]
    assert len({len(line) for line in (head, *rows)}) == 1
    # video b lost an eighth
    assert without_best == "Without the video that gained most (a): -0.1250 AUC over trial 0"
    assert "no test set any more" in warning and "(2)" in warning


def test_near_settings_are_told_with_their_spread():
    near = [Trial(n, VALUES, {"a": VideoScore(auc, 1.0)}) for n, auc in ((3, 0.5), (1, 0.25))]
    *_, told, _ = report_lines(START, BEST, [*near, BEST])
    assert told == ("The 3 trials nearest to the best: success AUC 0.2500 to 0.5000, median 0.4375")


def test_one_other_trial_is_told_to_be_too_few():
    lines = list(report_lines(START, BEST, [START]))
    assert lines[-2] == (
        "There are too few trials to tell whether a gain is chance: one trial beside the best has "
        "no spread; --trials 9 or more is right"
    )
    assert not any("nearest to the best" in line for line in lines)


def test_no_gain_is_told_as_such():
    short = Trial(0, VALUES, {"a": VideoScore(0.5, 0.25)})
    first, head, row, _ = report_lines(short, short, [])
    assert "+0.0000 AUC over trial 0" in first and len(head) == len(row)
