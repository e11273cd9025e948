import shutil

import pytest

from src.base.locks import locked
from src.pairs.pair_list import read_pair_list
from tests.support.helpers import make_clip, touch_frames, write_ground_truth, write_rows

SCRIPT = "get_shuffled_list_from_vedio.py"


@pytest.fixture
def dataset(tmp_path):
    """Four short clips under a path with a blank and other letters."""
    root = tmp_path / "my vidéos Ω"
    for number, layout in enumerate(["vot4", "vot8", "otb", "got10k"]):
        make_clip(root / "train" / f"clip {number}", n_frames=6, layout=layout, seed=number)
    return root


@pytest.fixture
def make_list(run_here, tmp_path):
    def run(root, *sets, output=tmp_path / "lists" / "pairs.csv", run_script=run_here):
        chosen = {
            "environment.root_dataset": root,
            "environment.train_dataset": "train",
            "environment.pair_list": output,
            "evaluation.dataset": "test",
        }
        options = [f"{key}={value}" for key, value in chosen.items()] + list(sets)
        return run_script(SCRIPT, *(part for option in options for part in ("--set", option)))

    return run


@pytest.fixture
def list_path(tmp_path):
    return tmp_path / "lists" / "pairs.csv"


def refused_and_nothing_written(done, refusal, list_path, *words):
    refusal(done, *words)
    assert not list_path.exists()


def test_list_and_summary(dataset, make_list, list_path, run_script):
    sets = ("hyperparams.pairs_per_video=10", "hyperparams.validation_share=0.25")
    done = make_list(dataset, *sets, run_script=run_script)
    assert done.returncode == 0, done.stderr
    pairs = read_pair_list(list_path)
    assert len(pairs) == 40
    assert sum(pair.split == "validation" for pair in pairs) == 10
    assert all((dataset / path).is_file() for pair in pairs for path in (pair.z_path, pair.x_path))
    assert done.stdout.strip() == list_path.with_name("pairs_summary.txt").read_text().strip()
    assert "SHA-256 of pairs.csv" in done.stdout
    assert [pair.video for pair in pairs] != sorted(pair.video for pair in pairs)
    boxes = {(pair.z_frame, pair.z_box_ltwh) for pair in pairs}
    assert boxes == {(k, (50.0 + 3 * k, 40.0 + 2 * k, 32.0, 24.0)) for k in range(6)}


def test_the_seed_decides_every_byte(dataset, make_list, list_path):
    # C39: the shuffle had no seed
    content = []
    for seed in (1, 1, 2):
        assert make_list(dataset, f"run.seed={seed}").returncode == 0
        content.append(list_path.read_bytes())
    assert content[0] == content[1] != content[2]


def test_the_output_follows_its_key(dataset, make_list, tmp_path):
    elsewhere = tmp_path / "else where" / "list.csv"
    assert make_list(dataset, output=elsewhere).returncode == 0
    assert read_pair_list(elsewhere)
    assert elsewhere.with_name("list_summary.txt").is_file()


def test_photographs_have_their_share(dataset, make_list, list_path):
    make_clip(dataset / "stills", n_frames=5, layout="plain")
    rows = [f"{k:08d}.jpg,160,120,thing,50,40,32,24,here" for k in range(1, 6)]
    annotations = dataset / "stills" / "annotations.csv"
    annotations.write_text("\n".join(["image,width,height,label,x,y,w,h,source", *rows]) + "\n")
    sets = ("hyperparams.stills_share=0.5", "hyperparams.validation_share=0.25")
    assert make_list(dataset, *sets).returncode == 0
    training = [pair for pair in read_pair_list(list_path) if pair.split == "train"]
    stills = [pair for pair in training if pair.video.startswith("stills/")]
    assert len(stills) == len(training) / 2
    assert all((dataset / pair.z_path).is_file() for pair in stills)


def test_an_evaluation_video_is_refused(dataset, make_list, refusal, list_path, run_script):
    shutil.copytree(dataset / "train" / "clip 2", dataset / "test" / "clip 2")
    done = make_list(dataset, run_script=run_script)
    refused_and_nothing_written(done, refusal, list_path, "clip 2", "evaluation.dataset")


def test_a_video_kept_for_validation_is_refused(dataset, make_list, refusal, list_path):
    shutil.copytree(dataset / "train" / "clip 2", dataset / "kept" / "clip 2")
    done = make_list(dataset, 'environment.validation_datasets=["kept"]')
    refused_and_nothing_written(
        done, refusal, list_path, "clip 2", "environment.validation_datasets"
    )


def test_a_broken_first_frame_leaves_the_video_out(dataset, make_list, list_path):
    (dataset / "train" / "clip 0" / "00000001.jpg").write_bytes(b"")
    done = make_list(dataset)
    assert done.returncode == 0
    assert "clip 0" not in {pair.video for pair in read_pair_list(list_path)}
    assert (
        "Videos left out:" in done.stdout and "00000001.jpg: the image file is empty" in done.stdout
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("12,ten,3,4", ["row 3", "'ten'"]),
        ("1,2,3,4,5", ["row 3", "5 numbers"]),
    ],
)
def test_wrong_ground_truth(dataset, make_list, refusal, list_path, row, words):
    truth = dataset / "train" / "clip 0" / "groundtruth.txt"
    lines = truth.read_text().splitlines()
    truth.write_text("\n".join([*lines[:2], row, *lines[3:]]) + "\n")
    done = make_list(dataset)
    refused_and_nothing_written(done, refusal, list_path, str(truth), *words)


def test_too_few_rows(dataset, make_list, refusal, list_path):
    truth = dataset / "train" / "clip 1" / "groundtruth.txt"
    truth.write_text("".join(truth.read_text().splitlines(keepends=True)[:4]))
    done = make_list(dataset)
    refused_and_nothing_written(done, refusal, list_path, str(truth), "4 rows for 6 frames")


@pytest.mark.parametrize(
    ("row", "reason"), [(["nan"] * 4, "absent 6"), ([900, 900, 20, 20], "outside the frame 6")]
)
def test_no_usable_box_in_any_video(tmp_path, make_list, refusal, list_path, row, reason):
    for name in ("a", "b"):
        make_clip(tmp_path / "train" / name, n_frames=6, layout="plain")
        write_rows(tmp_path / "train" / name / "groundtruth.txt", [row] * 6)
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "no video gives a training pair", reason)


def test_one_frame_videos_only(tmp_path, make_list, refusal, list_path):
    make_clip(tmp_path / "train" / "a", n_frames=1)
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "a: only one frame")


def test_a_video_without_frames(tmp_path, make_list, refusal, list_path):
    write_ground_truth(tmp_path / "train" / "a", [[1, 1, 5, 5]], "vot4")
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "the video has no frames")


def test_an_empty_and_a_missing_data_set(tmp_path, make_list, refusal, list_path):
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "no such data set folder")
    (tmp_path / "train").mkdir()
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "the data set is empty")


def test_frames_that_are_no_images(tmp_path, make_list, refusal, list_path):
    touch_frames(tmp_path / "train" / "a", range(1, 4))
    write_rows(tmp_path / "train" / "a" / "groundtruth.txt", [(1, 1, 9, 9)] * 3)
    done = make_list(tmp_path)
    refused_and_nothing_written(done, refusal, list_path, "0001.jpg", "not a whole jpg")


def test_one_list_at_a_time_is_made_in_a_folder(dataset, make_list, refusal, list_path):
    # lists of other names too: the indices of the sources lie in the same folder
    with locked(list_path.parent / ".list.lock", "", ""):
        done = make_list(dataset, output=list_path.with_name("other.csv"))
        refusal(done, "lists: a list of pairs is being made here, by process ", "environment.pair")
        elsewhere = make_list(dataset, output=list_path.parents[1] / "elsewhere" / "pairs.csv")
        assert elsewhere.returncode == 0, elsewhere.stderr
    assert make_list(dataset).returncode == 0
    assert not list(list_path.parent.glob(".*.lock"))


def test_the_output_folder_is_a_file(dataset, make_list, refusal, tmp_path):
    # C40: a file in the way was taken for a reason to make the folder
    (tmp_path / "taken").write_text("mine")
    refusal(make_list(dataset, output=tmp_path / "taken" / "pairs.csv"), "taken")
    assert (tmp_path / "taken").read_text() == "mine"
