"""What the program around a tracker may do to it: other defaults, copies, threads, forks."""

import copy
import os
import pickle
import threading

import numpy as np
import pytest

import src.base.imports
from src.base.errors import UserError
from src.network.siamese import build_network
from src.runtime.inputs import InputError
from src.runtime.programs import OneTarget, SeveralTargets
from src.serving.program_inputs import choose, load_chosen
from src.tracking.loading import make_tracker
from tests.support.parameter_files import load_design, load_hyperparams
from tests.support.trackers import IdentityTracker

FRAME = np.zeros((60, 80, 3), np.uint8)
FRAME[20:40, 30:50] = 200  # a frame of one colour starts no track
OTHER_DEFAULTS = """
import numpy as np
import tensorflow as tf

tf.keras.mixed_precision.set_global_policy("mixed_float16")
tf.keras.config.set_floatx("float64")
from src.api import Tracker

frame = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
tracker = Tracker.load()
assert tf.keras.config.floatx() == "float64"
assert tf.keras.config.dtype_policy().name == "mixed_float16"
tracker.init(frame, (50, 40, 40, 30))
print(*tracker.update(frame).box)
"""


def test_other_defaults_of_keras_change_nothing(run_python):
    done = run_python(OTHER_DEFAULTS)
    assert done.returncode == 0, done.stderr[-2000:]
    np.testing.assert_allclose([float(x) for x in done.stdout.split()], (50, 40, 40, 30), atol=3)


def test_without_eager_execution_there_is_a_sentence(monkeypatch):
    class Graphs:
        @staticmethod
        def executing_eagerly():
            return False

    monkeypatch.setattr(src.base.imports, "import_tensorflow", Graphs)
    with pytest.raises(UserError, match="eager execution is switched off in this program"):
        load_chosen(choose(None, None, None, None, {}), several=False)


@pytest.mark.parametrize("wrapper", [OneTarget, SeveralTargets])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_copies_are_refused(wrapper, copied):
    with pytest.raises(InputError, match="cannot be copied or pickled; load another one"):
        copied(wrapper(IdentityTracker()))


def in_thread(function):
    """What a call in another thread returns or raises."""
    told = []

    def work():
        try:
            told.append(function())
        except UserError as error:
            told.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return told[0]


def test_a_track_belongs_to_the_thread_that_began_it():
    tracker = OneTarget(IdentityTracker())
    tracker.init(FRAME, (10, 10, 20, 20))
    refused = in_thread(lambda: tracker.update(FRAME))
    assert isinstance(refused, InputError) and "another thread than init was" in str(refused)
    assert tracker.update(FRAME).box.tolist() == [10, 10, 20, 20]
    # begun anew, it is the other thread's
    in_thread(lambda: tracker.init(FRAME, (5, 5, 20, 20)))
    with pytest.raises(InputError, match="load a tracker for each thread"):
        tracker.update(FRAME)


def test_a_forked_process_is_told_at_once(monkeypatch):
    design = load_design(filter_num=[4, 4, 4, 4, 4])
    tracker = make_tracker(build_network(design, seed=1), design, load_hyperparams())
    own = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: own + 1)
    for call in (lambda: tracker.init(FRAME, [10, 10, 20, 20]), lambda: tracker.update(FRAME)):
        with pytest.raises(UserError, match=f"loaded in process {own} and is used in process"):
            call()
