# Everything runs from a virtual environment in .venv that the targets make themselves.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench peers coverage faults fuzz demo-data lock clean

help: ## Explain every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with every dependency, as wheels, checked against requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	@echo "Setting up .venv (once; a minute or two) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Run the main job on the embedded demo project; results go to demo-results/
	@$(BIN)/mrv run data/demo --output demo-results

test: $(READY) ## Run every test
	@$(BIN)/python -m pytest

lint: $(READY) ## Check style, types and the layers of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## Measure ratios side by side; bench/RESULTS.md
	@$(BIN)/python -m bench

peers: ## Install InVEST for bench into .venv-peers; needs the library of GDAL with its headers (libgdal-dev)
	@gdal-config --version > /dev/null || (echo "gdal-config is missing; install libgdal-dev" && exit 1)
	@$(PYTHON) -m venv --clear .venv-peers
	@.venv-peers/bin/python -m pip install --quiet "setuptools>=77,<81" setuptools_scm wheel "Cython<3.1" "numpy<2.3" babel
	@PATH="$(CURDIR)/.venv-peers/bin:$$PATH" .venv-peers/bin/python -m pip install --quiet --no-build-isolation \
	  "GDAL==$$(gdal-config --version)" pygeoprocessing==2.4.11
	@PATH="$(CURDIR)/.venv-peers/bin:$$PATH" .venv-peers/bin/python -m pip install --quiet --no-build-isolation \
	  natcap-invest==3.20.2

coverage: $(READY) ## Simulate how often intervals hold the truth; docs/explanation/coverage.md, map-coverage.md
	@$(BIN)/python -m bench.coverage
	@$(BIN)/python -m bench.map_coverage

faults: $(READY) ## Kill runs, seals and ledger writers at random moments; docs/explanation/trust.md, ledger.md
	@$(BIN)/python -m bench.faults
	@$(BIN)/python -m bench.ledger_faults

fuzz: $(READY) ## Feed broken documents to every reader for minutes (SECONDS=120 for each)
	@$(BIN)/python -m bench.fuzz $(or $(SECONDS),120)

demo-data: $(READY) ## Simulate the demo project anew (the same bytes)
	@$(BIN)/python scripts/simulate_demo.py data/demo

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras --group dev pyproject.toml --output-file requirements.lock

clean: ## Remove everything that the other targets made
	rm -rf .venv demo-results build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
