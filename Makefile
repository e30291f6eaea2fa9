# Every target makes the virtual environment when there is none or pyproject.toml is newer.
# Needed: make and a Python 3.11 or later with pip (choose another one by `make PYTHON=python3.12`).

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: check test test-reach format bench golden fuzz clean
.DEFAULT_GOAL := test

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m compileall -q derivcheck
	touch $@

# The main job: every derivation of the gallery is proved.
check: $(STAMP)
	$(BIN)/derivcheck check proofs/

# What CI runs: lint, types, tests.
test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

# What needs more than Python: a browser (Chromium) with a font for mathematics, a local cluster, JAX, and SARIF's schema from npm.
test-reach: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[reach]'
	command -v chromium >/dev/null && fc-list | grep -qi math || \
		{ apt-get update -qq && apt-get install -qq -y chromium fonts-dejavu-extra; }
	npm install --silent --no-save --prefix .venv/npm @microsoft/jest-sarif@1.0.0-beta.0
	$(BIN)/python -m pytest tests_reach

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py

# Rewrites the rendered reports (and generated pages) that the tests compare with.
golden: $(STAMP)
	$(BIN)/python -m pytest --golden
	git diff --stat

# Random expressions, documents, mutants and texts, others each time, for as long as it is told.
SECONDS ?= 600
fuzz: $(STAMP)
	$(BIN)/python tests/fuzz.py --seconds $(SECONDS)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
