"""Imports go one way, and files stay short."""

import ast
import importlib

import pytest

from tests.support.places import ROOT

SCRIPTS = [
    "get_shuffled_list_from_vedio.py",
    "prepare_training_dataset.py",
    "run_tracker_training.py",
    "run_tracker_evaluation.py",
]
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.py"))
MAX_LINES, MAX_SCRIPT_LINES = 300, 60

# from the bottom up; a module imports modules of lower levels, or earlier ones of its own
LEVELS = [
    # what everything stands on
    [
        "base.errors",
        "base.optional_import",
        "base.files",
        "base.progress",
        "video.images",
        "base.opencv",
    ],
    # parameters
    [
        "parameters.models",
        "parameters.design",
        "parameters.hyperparams",
        "parameters.parameters",
        "parameters.efficientnet_shapes",
        "parameters.network_arithmetic",
        "parameters.method_checks",
        "parameters.design_checks",
        "parameters.parse_arguments",
        "pprint_params",
    ],
    # geometry
    ["geometry.region_to_bbox", "geometry.search_geometry", "network.anchors"],
    # images and sequences
    [
        "base.imports",
        "video.crops",
        "video.ground_truth",
        "video.sequences",
        "video.opencv_source",
        "video.still_frames",
    ],
    # the data set of pairs
    [
        "pairs.annotation_filter",
        "pairs.pair_list",
        "pairs.rules",
        "pairs.video_pairs",
        "pairs.still_pairs",
        "pairs.pair_summary",
    ],
    ["workers.worker_pool", "workers.pieces", "workers.cluster", "workers.executors"],
    ["pairs.list_making"],
    ["records.record_format", "records.encoding", "records.store", "records.plan"],
    ["records.record_writer", "records.preparation"],
    ["records.augmentation", "records.negative_pairs", "records.read_training_dataset"],
    # the network
    [
        "network.replicas",
        "network.frozen_weights",
        "network.batch_norm",
        "network.sync_batch_norm",
        "network.folding",
        "network.convolutional",
        "network.normalised_convolution",
        "network.cross_correlation",
        "network.kernel_correlation",
        "network.centre_crop",
        "network.feature_window",
        "tracking.proposals",
        "network.box_coding",
    ],
    [
        "network.backbones.alexnet",
        "network.backbones.efficientnet_lite",
        "network.backbones.resnet",
        "network.backbones",
    ],
    [
        "network.heads.correlation",
        "network.heads.fused",
        "network.heads.rpn",
        "network.heads",
        "network.neck",
    ],
    ["network.siamese", "serving.single_template", "serving.tflite"],
    [
        "weights.published.torch_pickle",
        "weights.published.torch_file",
        "weights.published.torch_weights",
        "weights.published.siamfc_pytorch",
        "weights.published.pysot",
    ],
    ["weights.published.imagenet", "weights.published.siamfc"],
    ["training.logistic", "training.losses", "training.contrast", "training.distance_to_gt"],
    ["training.box_losses", "training.boxes", "training.fused_loss"],
    # tracking
    [
        "tracking.tracker",
        "tracking.confidence",
        "tracking.response",
        "tracking.search_plan",
        "tracking.state",
    ],
    ["tracking.crop_alignment"],
    ["training.anchors", "training.anchor_loss"],
    [
        "tracking.siamfc_graph",
        "tracking.graph_tracker",
        "tracking.multi_tracker",
        "tracking.siamrpn_graph",
        "tracking.fused_graph",
        "tracking.siamrpn_tracker",
    ],
    ["tracking.grey_tracker", "serving.saved_model"],
    [
        "weights.training_folder",
        "weights.checkpoints",
        "weights.released",
        "weights.finding",
        "tracking.loading",
    ],
    ["tracking.opening"],
    # for other programs
    ["serving.api_checks", "serving.program_inputs", "api", "got10k_client", "vot_client"],
    # learning
    ["training.dilation_check", "training.objectives", "training.optimizers"],
    ["training.train_step", "weights.training_log", "training.strategies", "training.trainer"],
    # judging and showing
    [
        "evaluating.metrics",
        "evaluating.results",
        "video.segments",
        "evaluating.score_lines",
        "video.read_ahead",
        "evaluating.following",
        "evaluating.evaluation",
    ],
    [
        "evaluating.protocols.one_pass",
        "evaluating.protocols.vot_scores",
        "evaluating.protocols.reset_run",
        "evaluating.protocols.vot",
        "evaluating.protocols.got10k",
        "evaluating.protocols.got10k_report",
    ],
    ["evaluating.protocols"],
    [
        "evaluating.validation",
        "evaluating.validation_tracking",
        "evaluating.weight_card",
        "release_weights",
    ],
    ["parameters.hyperparams_file", "tuning.calibration", "calibrate_confidence"],
    ["serving.export_description", "export"],
    [
        "pictures.drawing",
        "pictures.animation",
        "pictures.windows",
        "pictures.track_pictures",
        "pictures.visualization",
    ],
    # videos of one's own
    ["pictures.mouse_region", "own_video.start_box", "pictures.films"],
    ["own_video.source", "own_video.results", "own_video.own_track", "own_video.run"],
    # learning curves
    ["evaluating.running", "evaluating.evaluation_run"],
    [
        "reporting.foreign_results",
        "reporting.tracker_results",
        "reporting.report_inputs",
        "reporting.comparison",
    ],
    [
        "reporting.plots",
        "reporting.moments",
        "reporting.report_tables",
        "reporting.page_style",
        "reporting.page",
        "report",
    ],
    ["tracking.opencv_tracker", "opencv_baselines"],
    ["reporting.training_curves", "reporting.curve_pictures", "learning_curve"],
    ["training.training"],
    [
        "tuning.search",
        "tuning.hyperparameter_search",
        "tuning.trials",
        "tuning.trial_report",
        "tuning.trial_worker",
    ],
    ["search_hyperparams"],
    # how fast all this is
    [
        "benchmarking.results",
        "benchmarking.benchmark_machine",
        "benchmarking.timing",
        "benchmarking.frames",
    ],
    ["workers.benchmark_processes", "benchmarking.benchmark_candidates", "benchmarking.stages"],
    [
        "benchmarking.tracking",
        "benchmarking.training",
        "benchmarking.parts",
        "benchmarking.benchmark_report",
    ],
    ["benchmark"],
]
ORDER = {name: place for place, name in enumerate(name for level in LEVELS for name in level)}
WITHOUT_TENSORFLOW = [
    "parameters.parse_arguments",
    "pprint_params",
    "geometry.search_geometry",
    "geometry.region_to_bbox",
    "video.sequences",
    "pairs.list_making",
    "pairs.pair_summary",
    "evaluating.metrics",
    "tracking.opening",
    "evaluating.following",
    "evaluating.evaluation_run",
    "workers.executors",
    "pictures.visualization",
    "own_video.run",
    "learning_curve",
    "report",
    "reporting.page",
    "opencv_baselines",
    "benchmark",
    "api",
    "got10k_client",
    "vot_client",
    "export",
]


def modules():
    for path in sorted((ROOT / "src").rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name:
            yield name, path


MODULES = dict(modules())


def imported(path):
    """Modules of src that a file imports, at its head or in its functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("src"):
            name = node.module.removeprefix("src").lstrip(".")
            yield from [name] if name else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix("src.")
                for alias in node.names
                if alias.name.startswith("src.")
            )


def test_every_module_has_a_level():
    assert set(MODULES) == set(ORDER)


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name):
    upward = [other for other in imported(MODULES[name]) if ORDER[other] >= ORDER[name]]
    assert not upward


def test_training_and_tracking_do_not_know_each_other():
    trackers = {
        "tracking.tracker",
        "tracking.siamfc_graph",
        "tracking.graph_tracker",
        "tracking.response",
    }
    for name in ("training.train_step", "training.trainer", "weights.training_log"):
        assert not trackers & set(imported(MODULES[name]))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name):
    # C41: Python 2's print, tostring and the like
    importlib.import_module(f"src.{name}")


def test_experiments_are_not_needed():
    """Nothing in src imports one, and each has its test."""
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None), *(alias.name for alias in node.names)]
                assert not any(str(name).startswith("experiments") for name in names), path
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert {f"test_{path.stem}" for path in EXPERIMENTS if path.stem != "__init__"} <= tests


@pytest.mark.parametrize(
    "path", [*MODULES.values(), *EXPERIMENTS, *(ROOT / s for s in SCRIPTS)], ids=str
)
def test_files_stay_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (MAX_SCRIPT_LINES if path.parent == ROOT else MAX_LINES)


def test_levels_of_plain_python_do_not_import_tensorflow(run_python):
    """One process for all: what none of them imports together, none imports alone."""
    code = (
        "import importlib, sys\n"
        f"for name in {WITHOUT_TENSORFLOW}:\n"
        "    importlib.import_module(f'src.{name}')\n"
        "    if 'tensorflow' in sys.modules: sys.exit(f'{name} imports it')\n"
        "print('none does')"
    )
    done = run_python(code)
    assert (done.stderr, done.stdout) == ("", "none does\n")


def test_training_has_no_default():
    """Nobody can forget whether a network learns."""
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                arguments = node.args.args
                defaults = arguments[len(arguments) - len(node.args.defaults) :]
                assert "training.training" not in [argument.arg for argument in defaults], path
