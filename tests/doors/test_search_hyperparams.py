import json
import shutil

import pytest

from src import search_hyperparams
from src.base.errors import UserError
from src.parameters.command_line import call_door
from src.parameters.parse_arguments import parse_arguments
from src.tuning.search import SPACES, VideoScore
from src.workers.executors import open_executor
from src.workers.pieces import no_setup
from tests.support.executors import threads
from tests.support.helpers import complaints, make_clip
from tests.support.parameter_files import TINY, load_hyperparams
from tests.support.places import ROOT
from tests.support.random_checkpoints import save_checkpoint
from tests.support.search_fakes import score_nothing, score_until_the_second_round, value_score

CLIP = ROOT / "data" / "clips" / "test" / "test_000_occlusion_distractor"


def words(folder, **changes):
    values = {
        "environment.root_dataset": str(folder),
        "environment.validation_datasets": '["clips"]',
        "run.workers": 1,
    }
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


@pytest.fixture
def search(tmp_path, monkeypatch, capsys):
    """Run the command with cheap scores of two videos; returns what it printed.

    `pool=open_executor` lets processes score instead of threads.
    """
    make_clip(tmp_path / "clips" / "a", 3)
    make_clip(tmp_path / "clips" / "b", 2)

    def run(
        *options,
        out="found.json",
        score=value_score,
        weights="checkpoint 1",
        pool=threads,
        **changes,
    ):
        monkeypatch.setattr("src.workers.executors.open_executor", pool)
        monkeypatch.setattr("src.tuning.trials.load_on_cpu", lambda *_: (None, weights))
        monkeypatch.setattr("src.workers.pieces.one_cpu_thread", no_setup)
        monkeypatch.setattr("src.tuning.trials.track_unit", score)
        capsys.readouterr()
        place = ["--out", str(tmp_path / out)] if out else []
        argv = [*place, *map(str, options), *words(tmp_path, **changes)]
        call_door(search_hyperparams, argv)
        return capsys.readouterr().out.splitlines()

    return run


def trial_lines(lines):
    return [line for line in lines if line.startswith("trial ")]


def test_the_file_has_the_starting_files_keys_and_the_best_values(tmp_path, search):
    start = ROOT / "parameters" / "hyperparams_natural.json"
    lines = search("--trials", 20, "--hyperparams", start, hyperparams__scale_num=5)
    text = (tmp_path / "found.json").read_text()
    found, given = json.loads(text), json.loads(start.read_text())
    assert set(found) == set(given) | {"scale_span"}
    assert found["scale_num"] == 5
    kept = set(given) - set(SPACES["siamfc"].keys) - {"scale_num"}
    assert {key: found[key] for key in kept} == {key: given[key] for key in kept}
    assert len(text.splitlines()) == len(found) + 2
    hp = parse_arguments(["--hyperparams", str(tmp_path / "found.json")])[0]
    best = max(trial_lines(lines), key=lambda line: line.split()[5])
    assert f"scale_lr {hp.scale_lr:g}," in best
    assert all(found[key] == float(f"{found[key]:.4g}") for key in SPACES["siamfc"].keys)
    assert len(trial_lines(lines)) == 20
    assert lines[-1] == f"Hyper-parameters: {tmp_path / 'found.json'}"
    assert lines[-2].startswith("Warning: these videos (2) are no test set any more")


def test_siamrpn_is_searched_by_its_own_keys(tmp_path, search):
    start = ROOT / "parameters" / "hyperparams_siamrpn_dw.json"
    options = ["--hyperparams", start, "--design", "design_siamrpn_dw.json"]
    lines = search("--trials", 9, *options)
    found, given = json.loads((tmp_path / "found.json").read_text()), json.loads(start.read_text())
    changed = {key for key in given if found[key] != given[key]}
    assert changed == {"scale_lr", "window_influence", "penalty_k"} and set(found) == set(given)
    assert all("scale_step" not in line for line in trial_lines(lines))


def test_the_shipped_files_come_out_in_their_own_format(tmp_path, search):
    search("--trials", 1)
    text = (ROOT / "parameters" / "hyperparams.json").read_text()
    assert (tmp_path / "found.json").read_text() == text.replace(
        '"scale_max": 5,', '"scale_max": 5.0,'
    )


def test_trial_0_alone_writes_the_starting_values_as_they_are(tmp_path, search):
    lines = search("--trials", 1, hyperparams__scale_step=1.03751)
    assert json.loads((tmp_path / "found.json").read_text())["scale_step"] == 1.03751
    assert trial_lines(lines)[0].startswith("trial 0 -- ")
    assert any("+0.0000 AUC over trial 0" in line for line in lines)


@pytest.mark.parametrize(
    ("trials", "told"),
    [(2, "There are too few trials to tell"), (3, "The 2 trials nearest to the best: ")],
)
def test_a_spread_is_told_from_three_trials_on(search, trials, told):
    assert search("--trials", trials)[-3].startswith(told)


def test_the_number_of_workers_does_not_matter(tmp_path, search):
    one = search("--trials", 18)
    two = search("--trials", 18, out="two.json", pool=open_executor, run__workers=2)
    assert one[:-1] == two[:-1]
    found, again = tmp_path / "found.json", tmp_path / "two.json"
    assert found.read_bytes() == again.read_bytes()
    tracks, others = (
        (tmp_path / f"{stem}_trials.jsonl").read_text().splitlines() for stem in ("found", "two")
    )
    assert len(tracks) == 1 + 18 * 2
    assert sorted(tracks) == sorted(others)


def test_an_interrupted_search_goes_on_and_ends_as_an_undisturbed_one(tmp_path, search):
    whole = search("--trials", 12)
    with pytest.raises(UserError, match="killed"):
        search(
            "--trials", 12, out="cut.json", score=score_until_the_second_round, pool=open_executor
        )
    assert not (tmp_path / "cut.json").exists()
    trials = tmp_path / "cut_trials.jsonl"
    kept = trials.read_bytes()
    assert len(kept.splitlines()) >= 1 + 8 * 2
    trials.write_bytes(kept[:-9])
    assert search("--trials", 12, out="cut.json")[:-1] == whole[:-1]
    assert (tmp_path / "cut.json").read_bytes() == (tmp_path / "found.json").read_bytes()


def test_more_trials_go_on_and_the_same_do_nothing(tmp_path, search):
    first = search("--trials", 5)
    assert search("--trials", 5, score=score_nothing) == first
    more = search("--trials", 11)
    assert trial_lines(more)[:5] == trial_lines(first)
    assert len((tmp_path / "found_trials.jsonl").read_text().splitlines()) == 1 + 11 * 2
    assert trial_lines(search("--trials", 11, out="new.json")) == trial_lines(more)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"weights": "checkpoint 2"}, 'weights "checkpoint 1", now "checkpoint 2"'),
        ({"run__seed": 9}, "seed 1, now 9"),
        ({"hyperparams__z_lr": 0.02}, "hyperparams.z_lr 0.01, now 0.02"),
        ({"design__windowing": "uniform"}, "design.windowing"),
        ({"evaluation__stop_on_failure": 1}, "evaluation.stop_on_failure"),
    ],
)
def test_a_search_of_other_settings_is_refused_and_kept(tmp_path, search, changes, told):
    search("--trials", 2)
    before = {path: path.read_bytes() for path in tmp_path.glob("found*")}
    with pytest.raises(UserError, match=r"_trials\.jsonl: belongs to other settings") as refused:
        search("--trials", 2, **changes)
    assert told in str(refused.value)
    assert {path: path.read_bytes() for path in tmp_path.glob("found*")} == before


def test_other_videos_are_other_settings(search):
    search("--trials", 1)
    with pytest.raises(UserError, match=r"clips/b/00000001\.jpg 2, now null"):
        search("--trials", 1, run__track_videos='["a"]')


def test_named_videos_only(search):
    lines = search("--trials", 1, run__track_videos='["b"]')
    assert "Warning: these videos (1)" in lines[-2] and lines[-3].startswith("b ")


def test_keys_that_do_not_matter_may_change(search):
    first = search("--trials", 2)
    again = search("--trials", 2, score=score_nothing, design__batch_size=3, evaluation__video="a")
    assert again == first


def test_a_file_of_something_else_is_not_overwritten(tmp_path, search):
    (tmp_path / "found.json").write_text("mine")
    with pytest.raises(UserError, match=r"found\.json: exists, but found_trials\.jsonl is not"):
        search("--trials", 1)
    assert (tmp_path / "found.json").read_text() == "mine"
    assert not (tmp_path / "found_trials.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "out", "told"),
    [
        ([], None, "--out is missing"),
        ([], "", "--out is missing"),
        (["--trials", "0"], "x.json", "--trials 0: 1 or more"),
        (["--set", 'run.track_videos=["c"]'], "x.json", r"run\.track_videos: c is none of"),
    ],
)
def test_unusable_options_are_told(search, tmp_path, options, out, told):
    place = ["--out", ""] if out == "" else []
    with pytest.raises(UserError, match=told):
        search(*place, *options, out=out)
    assert not list(tmp_path.glob("*.jsonl"))


def test_several_folders_are_searched_together(tmp_path, search):
    make_clip(tmp_path / "more" / "c", 2)
    lines = search("--trials", 1, environment__validation_datasets='["clips", "more"]')
    assert "Warning: these videos (3)" in lines[-2]


def test_wrong_options_are_told_before_tensorflow_is_imported(run_python):
    code = "import sys, src.search_hyperparams; sys.exit('tensorflow' in sys.modules)"
    assert run_python(code).returncode == 0


def test_the_whole_command_on_an_embedded_clip(tmp_path, run_here):
    clip = tmp_path / "clips" / CLIP.name
    clip.mkdir(parents=True)
    for frame in sorted(CLIP.glob("*.jpg"))[:6]:
        shutil.copy(frame, clip)
    truth = (CLIP / "groundtruth.txt").read_text().splitlines()[:6]
    (clip / "groundtruth.txt").write_text("\n".join(truth) + "\n")
    save_checkpoint(tmp_path / "output")
    changes = {f"design__{key}": json.dumps(value) for key, value in TINY.items()}
    options = words(tmp_path, **changes, design__saver_folder=tmp_path / "output")
    out = tmp_path / "parameters" / "found.json"
    done = run_here("src.search_hyperparams", "--out", out, "--trials", 3, *options)
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"Weights: checkpoint {tmp_path / 'output' / 'saver-test-4'}, ")
    assert len(trial_lines(lines)) == 3
    tracks = [json.loads(line) for line in out.with_name("found_trials.jsonl").open()][1:]
    best = max(tracks, key=lambda track: track["success_auc"])
    scores = VideoScore(best["success_auc"], best["precision_20px"])
    assert 0 < scores.success_auc <= 20 / 21
    assert (
        json.loads(out.read_text()) == load_hyperparams().model_dump(mode="json") | best["values"]
    )
