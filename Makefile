# make demo: the whole method on the clips in data/; make test: every test. Both set up .venv first.

PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
DEMO := demo

.PHONY: demo test lint clean

demo: $(VENV)/.ready
	@echo "== get_shuffled_list_from_vedio.py: which pairs of frames to learn from"
	@$(PY) get_shuffled_list_from_vedio.py $(DEMO_SETTINGS)
	@echo "== prepare_training_dataset.py: their crops"
	@$(PY) prepare_training_dataset.py $(DEMO_SETTINGS)
	@echo "== run_tracker_training.py: about a minute on two cores"
	@$(PY) run_tracker_training.py $(DEMO_SETTINGS)
	@echo "== run_tracker_evaluation.py: three clips that it never saw"
	@$(PY) run_tracker_evaluation.py $(DEMO_SETTINGS)
	@echo "== run_tracker_evaluation.py: the same clips with the released weights"
	@$(PY) run_tracker_evaluation.py --set environment.root_results=$(DEMO)/results \
		--set evaluation.weights=released --set evaluation.tracker=released
	@echo "== run_tracker_evaluation.py: the same clips with EfficientNet-Lite0"
	@$(PY) run_tracker_evaluation.py --design design_efficientnet_lite0.json \
		--hyperparams hyperparams_efficientnet_lite0.json --set environment.root_results=$(DEMO)/results \
		--set evaluation.weights=released --set evaluation.tracker=efficientnet_lite0
	@echo "== run_tracker_evaluation.py: the same clips with the box head on EfficientNet-Lite0"
	@$(PY) run_tracker_evaluation.py --design design_siamrpn_lite0.json \
		--hyperparams hyperparams_siamrpn_lite0.json --set environment.root_results=$(DEMO)/results \
		--set evaluation.weights=released --set evaluation.tracker=siamrpn_lite0
	@echo "== done: look at the pictures named above"

test: $(VENV)/.ready-tests
	$(PY) -m ruff check .
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=10

lint: $(VENV)/.ready-tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports

clean:
	rm -rf $(DEMO) .pytest_cache .ruff_cache .hypothesis
	find src experiments tests -name __pycache__ -type d -prune -exec rm -rf {} +

# a network small enough to learn something in a minute, most of it from colours
DEMO_SETTINGS = \
	--set environment.tfrecord_path=$(DEMO)/tfrecords \
	--set environment.pair_list=$(DEMO)/tfrecords/shuffled_pairs.csv \
	--set environment.root_results=$(DEMO)/results \
	--set environment.stills_annotations= \
	--set design.saver_folder=$(DEMO)/output \
	--set design.num_epochs=null --set design.num_steps=300 \
	--set "design.filter_num=[24,48,48,48,32]" \
	--set hyperparams.pairs_per_video=60 --set hyperparams.lr_end=1e-3 \
	--set hyperparams.colour_jitter=0 --set hyperparams.grey_share=0

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.ready-tests: tests/requirements.txt $(VENV)/.ready
	$(PY) -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@
