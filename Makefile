# make demo: the whole method on the clips in data/; make test: every test. Both set up .venv first.

PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
DEMO := demo

.PHONY: demo test lint clean

# $(call step,what,how long it usually takes,command): says it, runs it, and tells its seconds
define step
	@echo "== $(1) (usually $(2))"; begin=$$(date +%s); $(3) || exit $$?; \
	echo "== took $$(($$(date +%s) - begin)) seconds"
endef

# the released weights of a model on the three clips
RELEASED = --set environment.root_results=$(DEMO)/results --set evaluation.weights=released

demo: $(VENV)/.ready
	@echo "The whole method on the clips in data/, in seven steps and about four minutes on two cores:"
	@echo "list, records, a short training, its evaluation, and that of three released weights."
	$(call step,1 of 7: which pairs of frames to learn from,5 seconds,\
		$(PY) get_shuffled_list_from_vedio.py $(DEMO_SETTINGS))
	$(call step,2 of 7: their crops,10 seconds,$(PY) prepare_training_dataset.py $(DEMO_SETTINGS))
	$(call step,3 of 7: 300 steps of training,a minute,$(PY) run_tracker_training.py $(DEMO_SETTINGS))
	$(call step,4 of 7: tracking three clips that it never saw,half a minute,\
		$(PY) run_tracker_evaluation.py $(DEMO_SETTINGS))
	$(call step,5 of 7: the same clips with the released weights,half a minute,\
		$(PY) run_tracker_evaluation.py $(RELEASED) --set evaluation.tracker=released)
	$(call step,6 of 7: the same clips with EfficientNet-Lite0,half a minute,\
		$(PY) run_tracker_evaluation.py --model efficientnet_lite0 $(RELEASED) \
		--set evaluation.tracker=efficientnet_lite0)
	$(call step,7 of 7: the same clips with the recommended tracker,half a minute,\
		$(PY) run_tracker_evaluation.py --model siamrpn_lite0 $(RELEASED) \
		--set evaluation.tracker=siamrpn_lite0)
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
