"""From the command line to the files: videos, cameras and folders of frames of one's own."""

import json
import os
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import run_tracker_evaluation
import src.own_video.run
import src.video.opencv_source
import src.video.orientation
from src.base.errors import run_script
from src.base.orientation import apply_orientation
from src.light import Tracker
from tests.support.embedded_clips import clip_of
from tests.support.helpers import make_clip
from tests.support.own_videos import (
    FakeCamera,
    FakeWindow,
    Wanderer,
    cv2,
    damage_frames,
    picture,
    write_gif,
    write_video,
)
from tests.support.turned_pictures import save_turned
from tests.support.video_server import serving

SCRIPT = "run_tracker_evaluation.py"
REGION = "10,8,20,16"


def options(folder, video, *more, **changes):
    values = {
        "environment.root_dataset": folder,
        "environment.root_results": folder / "results",
        "evaluation.dataset": "clips",
        "evaluation.video": video,
        "run.visualization": "0",
    }
    values |= {key.replace("__", "."): value for key, value in changes.items()}
    words = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    return [*words, *more]


@pytest.fixture
def track(tmp_path, monkeypatch, capsys):
    """Runs the script in this process; returns its exit status and what it printed."""
    monkeypatch.setattr(src.video.orientation, "_told", [])
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def run(video, *more, tracker=None, weights="checkpoint 1", **changes):
        tracker = tracker or Wanderer()
        loaded = SimpleNamespace(load_tracker=lambda *_: (tracker, weights))
        monkeypatch.setitem(sys.modules, "src.tracking.loading", loaded)
        devices = SimpleNamespace(use_devices=lambda gpus: None)
        monkeypatch.setitem(sys.modules, "src.base.imports", devices)
        status = run_script(run_tracker_evaluation.main, options(tmp_path, video, *more, **changes))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    yield run
    apply_orientation(True)


def read_json(path):
    return json.loads(path.read_text(), parse_constant=pytest.fail)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_video_file_gets_all_its_files(tmp_path, track):
    path = write_video(tmp_path / "mes vidéos" / "ballon rouge.mp4", 10, "mp4v")
    status, out, err = track(path, "--region", REGION)
    folder = tmp_path / "results" / "SiamFC" / "mes vidéos"
    assert (status, err) == (0, "")
    assert "10 frames -- Speed: " in out and str(folder / "ballon rouge_annotated.mp4") in out
    boxes = np.loadtxt(folder / "ballon rouge.txt", delimiter=",")
    np.testing.assert_array_equal(boxes[:, 0], np.arange(10, 20))
    report = read_json(folder / "ballon rouge.json")
    assert report["source"] == str(path) and report["bytes"] == path.stat().st_size
    assert (report["fps"], report["size"], report["ended"]) == (20.0, [64, 48], "end")
    assert report["region"] == [10, 8, 20, 16] and report["weights"] == "checkpoint 1"
    assert (report["frames"], report["updates"], report["broken_frames"]) == (10, 9, 0)
    assert [row["lost"] for row in report["track"]].count(True) == 2
    assert len((folder / "ballon rouge.csv").read_text().splitlines()) == 11
    annotated = cv2.VideoCapture(str(folder / report["annotated"]))
    assert annotated.get(cv2.CAP_PROP_FRAME_COUNT) == 10


def test_broken_frames_are_told_once_with_their_number(tmp_path, track):
    path = write_video(tmp_path / "mine" / "film.avi", 12)
    damage_frames(path, (4, 5, 8))
    status, out, err = track(path, "--region", REGION)
    assert (status, err) == (0, "")
    assert out.count("3 of 12 frames could not be read") == 1
    folder = tmp_path / "results" / "SiamFC" / "mine"
    boxes = np.loadtxt(folder / "film.txt", delimiter=",")
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(boxes[:, 0])), [4, 5, 8])
    assert boxes[11, 0] == 10 + 8
    report = read_json(folder / "film.json")
    assert report["broken_frames"] == 3 and report["track"][6]["seconds"] == 0.3
    assert cv2.VideoCapture(str(folder / "film_annotated.mp4")).get(7) == 12


def test_a_video_that_ends_early_is_told_and_kept(tmp_path, track):
    path = write_video(tmp_path / "mine" / "film.avi", 60)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    status, out, _ = track(path, "--region", REGION)
    report = read_json(tmp_path / "results" / "SiamFC" / "mine" / "film.json")
    assert (status, report["ended"]) == (0, "early")
    assert f"ends after {report['frames']} frames; its header tells 60" in out


def test_it_starts_on_the_start_frame(tmp_path, track):
    path = write_video(tmp_path / "mine" / "film.avi", 10)
    changes = {"evaluation__start_frame": 4, "evaluation__region": "[10,8,20,16]"}
    assert track(path, **changes)[0] == 0
    boxes = np.loadtxt(tmp_path / "results/SiamFC/mine/film_4.txt", delimiter=",")
    assert np.isnan(boxes[:4]).all() and boxes[4, 0] == 10 and len(boxes) == 10


def test_frames_of_several_sizes_without_ground_truth(tmp_path, track):
    make_clip(tmp_path / "clips" / "film", 6, layout="plain")
    frames = sorted((tmp_path / "clips" / "film").iterdir())
    Image.open(frames[3]).resize((90, 200)).save(frames[3])
    frames[2].write_bytes(frames[2].read_bytes()[:99])
    status, out, err = track("film", "--region", REGION)
    folder = tmp_path / "results" / "SiamFC" / "clips"
    assert (status, err) == (0, "") and "1 of 6 frames could not be read" in out
    assert len(read_json(folder / "film.json")["track"]) == 6
    annotated = cv2.VideoCapture(str(folder / "film_annotated.mp4"))
    assert annotated.read()[1].shape == (120, 160, 3)


def test_videos_with_ground_truth_stay_as_they_are(tmp_path, track):
    make_clip(tmp_path / "clips" / "Ball", 3)
    assert track("Ball")[0] == 0
    folder = tmp_path / "results" / "SiamFC" / "clips"
    assert (folder / "performance.json").exists() and not (folder / "Ball.json").exists()


def test_a_gif_without_opencv_has_no_annotated_video(tmp_path, track, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    status, out, _ = track(write_gif(tmp_path / "film.gif", (100, 100, 100)), "--region", REGION)
    assert status == 0 and "No annotated video: needs OpenCV" in out
    (report,) = map(read_json, tmp_path.rglob("film.json"))
    assert report["annotated"] is None and report["frames"] == 3


def test_the_same_again_is_told_and_nothing_is_tracked(tmp_path, track):
    path, folder = write_video(tmp_path / "mine/film.avi", 5), tmp_path / "results/SiamFC/mine"
    track(path, "--region", REGION)
    tracker = Wanderer()
    before = contents(folder)
    for more in (["--region", REGION], []):
        _, out, _ = track(path, *more, tracker=tracker)
        assert f"there already, nothing was tracked: {folder / 'film.json'}" in out
    assert tracker.inits == 0 and contents(folder) == before


def test_two_videos_with_their_own_boxes_share_a_folder(tmp_path, track):
    for name, region in (("a", "10,8,20,16"), ("b", "1,2,30,20")):
        path = write_video(tmp_path / "mine" / f"{name}.avi", 3)
        assert track(path, "--region", region)[0] == 0
    assert len(list((tmp_path / "results").rglob("*.csv"))) == 2


@pytest.mark.parametrize("change", ["region", "file", "weights"])
def test_results_of_other_settings_are_never_overwritten(tmp_path, track, change):
    path = write_video(tmp_path / "mine" / "film.avi", 4)
    track(path, "--region", REGION)
    before = contents(tmp_path / "results" / "SiamFC" / "mine")
    if change == "file":
        path = write_video(tmp_path / "mine" / "film.mp4", 4, "mp4v")
    region = "1,1,9,9" if change == "region" else REGION
    weights = "checkpoint 2" if change == "weights" else "checkpoint 1"
    status, _, err = track(path, "--region", region, weights=weights)
    assert status == 2 and "evaluation.tracker=NAME" in err and err.count("\n") == 1
    assert contents(tmp_path / "results" / "SiamFC" / "mine") == before


class Signalling(Wanderer):
    """The user presses Ctrl-C, or the system ends the program, during the third update."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def update(self, frame):
        if self.updates == 2:
            os.kill(os.getpid(), self.number)
        return super().update(frame)


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_track_is_kept(tmp_path, track, request, number, expected):
    # a suite that was started in the background inherits an ignored Ctrl-C
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, kept))
    path = write_video(tmp_path / "mine" / "film.avi", 10)
    folder = tmp_path / "results" / "SiamFC" / "mine"
    status, out, _ = track(path, "--region", REGION, tracker=Signalling(number))
    report = read_json(folder / "film.json")
    assert (status, report["ended"], len(report["track"])) == (expected, "interrupted", 3)
    assert "Interrupted after frame 2; what was tracked is kept" in out
    assert cv2.VideoCapture(str(folder / "film_annotated.mp4")).get(7) == 3
    assert not list(folder.glob(".*"))
    status, _, err = track(path, "--region", REGION)
    assert status == 2 and 'ended with "interrupted"' in err


def test_closing_the_window_of_a_camera_ends_the_run(tmp_path, track, monkeypatch):
    monkeypatch.setattr(src.video.opencv_source, "load_opencv", lambda purpose: FakeCamera(26))
    monkeypatch.setattr(src.own_video.run, "open_live_window", FakeWindow)
    status, out, err = track("0", "--region", REGION, run__visualization="1")
    assert (status, err) == (0, "") and "The window was closed after frame 3" in out
    (report,) = (tmp_path / "results" / "SiamFC" / "camera").glob("camera0_*-*[0-9].json")
    values = read_json(report)
    assert (values["ended"], values["source"], values["frames"]) == ("closed", "camera:0", 4)


def test_a_camera_without_tensorflow(tmp_path, track, monkeypatch):
    frames, box_ltwh = clip_of("test_001_blur_zoom_dark", 12)
    pictures = [frames[0]] * 6 + frames
    camera = FakeCamera(len(pictures), pictures=pictures)
    monkeypatch.setattr(src.video.opencv_source, "load_opencv", lambda purpose: camera)
    region = ",".join(map(str, box_ltwh))
    status, out, err = track("camera:0", "--region", region, run__runtime="litert")
    assert (status, err) == (0, "") and camera.released
    assert ", by LiteRT in float32 of float16 weights" in out
    assert "camera:0 gave no more pictures after frame 11" in out
    assert "could not be read" not in out
    (report,) = (tmp_path / "results" / "SiamFC" / "camera").glob("camera0_*-*[0-9].json")
    values = read_json(report)
    assert (values["ended"], values["source"], values["frames"]) == ("end", "camera:0", 12)
    tracker = Tracker.load()
    tracker.init(frames[0], box_ltwh)
    found = [tracker.update(frame) for frame in frames[1:]]
    for row, result in zip(values["track"][1:], found, strict=True):
        np.testing.assert_allclose(row["box"], result.box, atol=0.01)
        assert row["confidence"] == pytest.approx(result.confidence, abs=0.001)


@pytest.mark.parametrize(
    ("video", "order"), [("film.avi", "start tracker"), ("0", "tracker start")]
)
def test_only_a_camera_waits_for_the_tracker(tmp_path, track, monkeypatch, video, order):
    write_video(tmp_path / "film.avi", 3)
    fake, events = FakeCamera(9), []
    for name in ("find_start", "open_tracker"):
        function, event = getattr(src.own_video.run, name), name.split("_")[-1]
        spy = lambda *args, f=function, e=event: (events.append(e), f(*args))[1]  # noqa: E731
        monkeypatch.setattr(src.own_video.run, name, spy)
    if video == "0":
        monkeypatch.setattr(src.video.opencv_source, "load_opencv", lambda purpose: fake)
    assert track(video if video == "0" else tmp_path / video, "--region", REGION)[0] == 0
    assert " ".join(events) == order


@pytest.mark.parametrize(
    ("video", "region", "words"),
    [
        ("nobody.mp4", REGION, "there is no such video file"),
        ("text.mp4", REGION, "not a video"),
        ("empty.avi", REGION, "is empty"),
        ("broken.avi", REGION, "no frame that can be read"),
        ("film.avi", "200,8,20,16", "outside the frame of 64 x 48"),
        ("film.avi", "10,8,0,16", "--region 10,8,0,16: must be x,y,w,h"),
        ("film.avi", "ten", "--region ten: must be x,y,w,h"),
        ("film.avi", None, "without a display give --region"),
    ],
)
def test_wrong_input_is_one_sentence(tmp_path, track, monkeypatch, video, region, words):
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "text.mp4").write_text("no video" * 99)
    (tmp_path / "empty.avi").write_bytes(b"")
    write_video(tmp_path / "film.avi", 3)
    damage_frames(write_video(tmp_path / "broken.avi", 3), (0, 1, 2))
    status, out, err = track(tmp_path / video, *(["--region", region] if region else []))
    assert (status, out) == (2, "")
    assert err.startswith("error: ") and words in err and err.count("\n") == 1
    assert not list(tmp_path.glob("results/**/*.*"))


def test_an_absent_camera_is_one_sentence(track):
    status, _, err = track("97", "--region", REGION)
    assert status == 2 and err.startswith("error: camera:97: ") and err.count("\n") == 1


def test_a_full_disk_leaves_no_half_results(tmp_path, track, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(src.own_video.run, "write_own_track", fail)
    path = write_video(tmp_path / "mine" / "film.avi", 3)
    assert track(path, "--region", REGION)[0] == 2
    assert not list((tmp_path / "results" / "SiamFC" / "mine").glob("film.*"))


def test_the_script_tracks_a_video_with_the_released_weights(tmp_path, run_script):
    path = write_video(tmp_path / "mine" / "film.avi", 4)
    changes = {"evaluation__weights": "released"}
    done = run_script(SCRIPT, *options(tmp_path, path, "--region", REGION, **changes))
    assert done.returncode == 0 and " @ 0x" not in done.stderr, done.stderr
    assert "Weights: released weights" in done.stdout and "Annotated video: " in done.stdout
    report = read_json(tmp_path / "results" / "SiamFC" / "mine" / "film.json")
    assert report["updates"] == 3 and all(row["score"] for row in report["track"][1:])


def test_wrong_input_is_told_before_tensorflow_is_imported(tmp_path, run_python):
    path = write_video(tmp_path / "film.avi", 3)
    argv = options(tmp_path, path, "--region", "900,8,20,16")
    code = (
        "import sys, run_tracker_evaluation as script\n"
        "from src.base.errors import UserError\n"
        f"try:\n    script.main({argv!r})\n"
        "except UserError:\n    sys.exit(7 if 'tensorflow' not in sys.modules else 8)\n"
    )
    assert run_python(code).returncode == 7


def test_the_first_line_says_which_tracker_it_is(tmp_path, track):
    path = write_video(tmp_path / "mine" / "film.avi", 3)
    status, out, _ = track(path, "--region", REGION)
    assert status == 0
    assert out.splitlines()[0].startswith("Tracker: siamfc_online_lite0, the recommended one")
    settings = read_json(tmp_path / "results" / "SiamFC" / "mine" / "settings.json")
    assert settings["design"]["method"] == "siamrpn_fused"
    named = ["--region", REGION, "--model", "alexnet_v1"]
    status, out, _ = track(path, *named, evaluation__tracker="other")
    assert (status, out.splitlines()[0]) == (0, "Tracker: alexnet_v1")
    settings = read_json(tmp_path / "results" / "other" / "mine" / "settings.json")
    assert settings["design"]["method"] == "siamfc"


def test_frames_without_ground_truth_take_the_recommended_tracker_others_do_not(tmp_path, track):
    make_clip(tmp_path / "clips" / "mine", 3, layout="plain")
    make_clip(tmp_path / "clips" / "theirs", 3)
    _, own, _ = track("mine", "--region", REGION)
    assert own.startswith("Tracker: siamfc_online_lite0, the recommended one")
    status, out, _ = track("theirs", evaluation__tracker="other")
    assert status == 0 and out.startswith("Weights: ")
    settings = read_json(tmp_path / "results" / "other" / "clips" / "settings.json")
    assert settings["design"]["method"] == "siamfc"


def test_a_live_stream_is_tracked_until_its_server_ends_it(tmp_path, track):
    with serving(tmp_path, n_at_once=4) as server:
        server.is_over = True
        status, out, err = track(f"{server.address}/live?key=1", "--region", REGION)
    assert (status, err) == (0, "") and "gave no more pictures after frame" in out
    (report,) = map(read_json, (tmp_path / "results" / "SiamFC" / "stream").glob("127*.json"))
    assert (report["ended"], report["size"]) == ("end", [64, 48])
    assert report["source"] == f"{server.address}/live?key=1"
    assert report["track"][0]["frame"] == 0 and report["bytes"] is None


@pytest.mark.parametrize(("choice", "size"), [("applied", [48, 64]), ("ignored", [64, 48])])
def test_photographs_are_turned_by_their_exif_unless_told_otherwise(tmp_path, track, choice, size):
    (tmp_path / "clips" / "film").mkdir(parents=True)
    for k in range(3):
        save_turned(tmp_path / "clips" / "film" / f"{k}.jpg", picture(20 * k), 6)
    status, _, err = track("film", "--region", REGION, environment__exif_orientation=choice)
    assert status == 0 and err.count("EXIF orientation") == (choice == "applied")
    report = read_json(tmp_path / "results" / "SiamFC" / "clips" / "film.json")
    settings = read_json(tmp_path / "results" / "SiamFC" / "clips" / "settings.json")
    assert report["size"] == size
    assert settings.get("exif_orientation") == (None if choice == "applied" else False)


def test_without_pyav_the_mistakes_of_opencv_are_told_before_the_track(
    tmp_path, track, monkeypatch
):
    monkeypatch.setitem(sys.modules, "av", None)
    status, out, err = track(write_video(tmp_path / "mine" / "film.avi", 3), "--region", REGION)
    assert (status, err) == (0, "") and out.count("Decoded by OpenCV") == 1
    assert out.index("Decoded by OpenCV") < out.index("3 frames -- Speed")


def test_a_track_does_not_start_on_a_frame_of_one_colour(tmp_path, track):
    folder = tmp_path / "clips" / "film"
    folder.mkdir(parents=True)
    for k, pixels in enumerate([picture(0) * 0, picture(20), picture(40)]):
        Image.fromarray(pixels).save(folder / f"{k}.png")
    status, _, err = track("film", "--region", REGION)
    assert status == 2 and "frame 0 has one colour all over" in err
    assert track("film", "--region", REGION, evaluation__start_frame=1)[0] == 0
