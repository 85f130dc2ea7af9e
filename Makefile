# `make` alone lists the targets.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
UV ?= uv
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url $(ARGS) pyproject.toml constraints/build.in
GET_NGINX := sh tests/deploy/get-nginx $(VENV)/nginx $(BIN)/nginx
# A process for each core. What is made for a module is made once, so each module stays in one process.
SIDE_BY_SIDE := -n auto --dist loadscope --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup serve build test quick test-engines test-lowest check mutate mutants hostile bench format locks clean

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
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

quick: $(VENV)/.test ## The tests that need no server and no release of the real data, in a minute
	@HOSTILE_STRINGS=100 HOSTILE_TEXTS=3000 $(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "not server and not live and not slow" $(ARGS)

check: $(VENV)/.check ## Lint, format, types, imports, layout of the data
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/gfmd-kg format --check

mutants: $(VENV)/.mutants ## Corrupt the program: which faults do the tests see? (ARGS="gfmd_kg.catalogue.lookup*")
	@$(BIN)/python tests/mutation/mutants.py $(ARGS)

mutate: $(VENV)/.test ## Corrupt the data 608 times: what does validation refuse?
	@$(BIN)/python tests/mutation/mutate.py

hostile: $(VENV)/.test ## Attack it: random strings at every parameter, a million queries, faults under load
	@$(GET_NGINX)
	@HOSTILE_HEADS=3000 HOSTILE_STRINGS=20000 HOSTILE_EXAMPLES=100 HOSTILE_REPLACEMENTS=20 HOSTILE_TEXTS=1000000 $(BIN)/python -m pytest tests/hostile tests/api/test_reload.py

bench: $(VENV)/.test bench/.peers/.done ## Measure it beside its peers (ARGS=--quick, --thousand)
	@$(BIN)/gfmd-kg build >/dev/null
	@$(GET_NGINX)
	@$(BIN)/python -m bench $(ARGS)

test-lowest: .lowest/.done ## The program's tests with the oldest versions that pyproject.toml allows
	@.lowest/bin/python -m pytest -q $(SIDE_BY_SIDE) tests/api tests/catalogue tests/store tests/cli $(ARGS)

test-engines: $(VENV)/.test ## The same answers from other engines, fetched and started (ENGINES=available)
	@$(BIN)/gfmd-kg build >/dev/null
	@TEST_ENGINES=$(or $(ENGINES),all) $(BIN)/python -m pytest tests/engines $(ARGS)

format: $(VENV)/.check ## Bring code and data into the canonical layout
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/gfmd-kg format

locks: ## Write constraints/ anew from pyproject.toml, by uv (ARGS="--upgrade-package NAME", --upgrade)
	@$(LOCK) --extra tables -o constraints/run.txt
	@$(LOCK) --extra tables --extra test -o constraints/test.txt
	@$(LOCK) --extra tables --extra test --extra check -o constraints/check.txt
	@$(LOCK) --extra tables --extra test --extra mutants -o constraints/mutants.txt
	@$(LOCK) --extra tables --extra test --resolution lowest-direct -o constraints/lowest.txt
	@$(filter-out pyproject.toml constraints/build.in,$(LOCK)) constraints/pip.in -o constraints/pip.txt

clean: ## Remove everything that was made
	@rm -rf $(VENV) .lowest .mutants release dist .engines bench/.peers bench/.scratch .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("gfmd-kg needs Python 3.11 or newer; set PYTHON=/path/to/python3" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# The pip that comes with Python may be years old, and so is setuptools beside it, which nothing here needs.
$(VENV)/.pip: constraints/pip.txt | $(BIN)/python
	@$(PIP) --require-hashes -r $<
	@$(BIN)/python -m pip -qq uninstall --yes setuptools
	@touch $@

# Each stamp installs exactly the pinned and hashed versions of its use, then the project itself, editable.
$(VENV)/.%: constraints/%.txt pyproject.toml hatch_build.py | $(VENV)/.pip
	@echo "Installing what '$*' needs into $(VENV) ..."
	@$(PIP) --require-hashes -r $<
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The oldest versions live in an environment of their own.
.lowest/.done: constraints/lowest.txt constraints/pip.txt pyproject.toml hatch_build.py
	@echo "Installing the oldest versions into .lowest ..."
	@$(PYTHON) -m venv --clear .lowest
	@.lowest/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r constraints/pip.txt
	@.lowest/bin/python -m pip --quiet install --require-hashes -r $<
	@.lowest/bin/python -m pip --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

# The peers live in an environment of their own, so that neither side's versions bend the other's.
bench/.peers/.done: bench/peers.txt | $(BIN)/python
	@echo "Installing the peers into bench/.peers ..."
	@$(PYTHON) -m venv --clear bench/.peers
	@bench/.peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@
