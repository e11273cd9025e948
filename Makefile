# make demo: the whole method on the clips in data/; make test: every test. Both set up .venv first.
# make test-vot: the VOT toolkit drives the tracker, from an environment of its own.

PYTHON ?= python3.11
VENV := .venv
VENV_VOT := .venv-vot
PY := $(VENV)/bin/python
DEMO := demo

.PHONY: demo test test-vot lint clean

# $(call step,what,command): says it, runs it, and tells its seconds
define step
	@echo "== $(1)"; begin=$$(date +%s); $(2) || exit $$?; \
	echo "== took $$(($$(date +%s) - begin)) seconds"
endef

# $(call released,tracker,options): its released weights on the three clips
released = $(PY) run_tracker_evaluation.py $(2) --set evaluation.tracker=$(1) \
	--set environment.root_results=$(DEMO)/results --set evaluation.weights=released

demo: $(VENV)/.ready
	@echo "The whole method on the clips in data/. On two quiet cores its steps usually take"
	@echo "  1. get_shuffled_list_from_vedio.py, which pairs of frames to learn from: a second"
	@echo "  2. prepare_training_dataset.py, their crops: a quarter of a minute"
	@echo "  3. run_tracker_training.py, 300 steps of a small network: a minute to a minute and a half"
	@echo "  4. run_tracker_evaluation.py, three clips that it never saw: a quarter of a minute"
	@echo "  5. the same clips with released weights of the same kind of network: half a minute"
	@echo "  6. the same clips with EfficientNet-Lite0: half a minute"
	@echo "  7. the same clips with the recommended tracker: half a minute"
	@echo "A busy or slow machine takes twice that; without a terminal, a line every ten seconds tells more."
	$(call step,1. which pairs of frames to learn from,\
		$(PY) get_shuffled_list_from_vedio.py $(DEMO_SETTINGS))
	$(call step,2. their crops,$(PY) prepare_training_dataset.py $(DEMO_SETTINGS))
	$(call step,3. 300 steps of a small network,$(PY) run_tracker_training.py $(DEMO_SETTINGS))
	$(call step,4. three clips that it never saw,$(PY) run_tracker_evaluation.py $(DEMO_SETTINGS))
	$(call step,5. the same clips with released weights of the same kind,$(call released,released))
	$(call step,6. the same clips with EfficientNet-Lite0,\
		$(call released,efficientnet_lite0,--model efficientnet_lite0))
	$(call step,7. the same clips with the recommended tracker,\
		$(call released,siamfc_online_lite0,--model siamfc_online_lite0))
	@echo "== done: look at the pictures named above"

test: $(VENV)/.ready-tests
	$(PY) -m ruff check .
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=10

test-vot: $(VENV)/.ready-tests $(VENV_VOT)/.ready
	$(PY) -m pytest -s tests/vot/toolkit_drives_client.py

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

$(VENV_VOT)/.ready: tests/vot/requirements.txt
	$(PYTHON) -m venv $(VENV_VOT)
	$(VENV_VOT)/bin/pip install --quiet --disable-pip-version-check -r tests/vot/requirements.txt
	touch $@
