# Two commands matter: `make demo` (see it work) and `make test`. `make check` is what CI runs besides.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# two processes: the tests start children of their own
WORKERS ?= 2

.PHONY: demo test check sample format lint types imports docs clean

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

# the report that the tests compare with; run it when what a report says has changed on purpose
sample: $(BIN)/synth
	SYNTH_HOME=$$(mktemp -d) $(BIN)/synth demo --out reports/demo --date 2026-01-01

format: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis out
