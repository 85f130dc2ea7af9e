# `make` alone lists the targets.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
GET_NGINX := sh tests/deploy/get-nginx $(VENV)/nginx $(BIN)/nginx

.DEFAULT_GOAL := help
.PHONY: help setup serve build test test-engines check mutate hostile bench format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## Create .venv with gfmd-kg in it

serve: $(VENV)/.run ## Build if needed, then serve on 127.0.0.1 (PORT=8000)
	@exec $(BIN)/gfmd-kg serve --build --port $(PORT)

build: $(VENV)/.run ## Build and validate the graph
	@$(BIN)/gfmd-kg build

test: $(VENV)/.test ## Install what the tests need and run them all
	@$(GET_NGINX)
	@$(BIN)/gfmd-kg build >/dev/null
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.check ## Lint, format, types, imports, layout of the data
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/gfmd-kg format --check

mutate: $(VENV)/.test ## Corrupt the data 608 times: what does validation refuse?
	@$(BIN)/python tests/mutation/mutate.py

hostile: $(VENV)/.test ## Attack it: 20 000 random strings at every parameter, faults under load
	@$(GET_NGINX)
	@HOSTILE_HEADS=3000 HOSTILE_STRINGS=20000 HOSTILE_EXAMPLES=100 HOSTILE_REPLACEMENTS=20 $(BIN)/python -m pytest tests/hostile tests/api/test_reload.py

bench: $(VENV)/.run bench/.peers/.done ## Measure it beside its peers (ARGS=--quick, --thousand)
	@$(BIN)/gfmd-kg build >/dev/null
	@$(BIN)/python -m bench $(ARGS)

test-engines: $(VENV)/.test ## The same answers from other engines, fetched and started (ENGINES=available)
	@$(BIN)/gfmd-kg build >/dev/null
	@TEST_ENGINES=$(or $(ENGINES),all) $(BIN)/python -m pytest tests/engines $(ARGS)

format: $(VENV)/.check ## Bring code and data into the canonical layout
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/gfmd-kg format

clean: ## Remove everything that was made
	@rm -rf $(VENV) release dist .engines bench/.peers bench/.scratch .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("gfmd-kg needs Python 3.11 or newer; set PYTHON=/path/to/python3" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# Each stamp installs exactly the pinned and hashed versions of its use, then the project itself, editable.
$(VENV)/.%: constraints/%.txt pyproject.toml hatch_build.py | $(BIN)/python
	@echo "Installing what '$*' needs into $(VENV) ..."
	@$(PIP) --require-hashes -r $<
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The peers live in an environment of their own, so that neither side's versions bend the other's.
bench/.peers/.done: bench/peers.txt | $(BIN)/python
	@echo "Installing the peers into bench/.peers ..."
	@$(PYTHON) -m venv --clear bench/.peers
	@bench/.peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@
