# `make help` lists the targets. VENV may point to an environment of your own.
VENV ?= .venv
PY = $(VENV)/bin/python
STAMP = $(VENV)/.installed
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help dev test lint types docs self check demo bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  \1	\2/' | expand -t 12

$(STAMP): pyproject.toml
	python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet --editable '.[dev]'
	@touch $@

dev: $(STAMP)  ## make the environment

test: $(STAMP)  ## run all tests
	$(PY) -m pytest -n $(JOBS) -q

lint: $(STAMP)  ## ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(STAMP)  ## mypy, strict
	$(VENV)/bin/mypy

docs: $(STAMP)  ## write the generated docs
	$(PY) -m auditor.docs

self: $(STAMP)  ## audit this project with itself
	$(VENV)/bin/auditor scan . --quiet --fail-on minor

check:  ## everything that CI checks
	.ci/run

demo: $(STAMP)  ## audit the bundled prototype; its gate fails, as it should
	-$(VENV)/bin/auditor scan fixtures/prototype/tree

bench: $(STAMP)  ## time a whole audit beside reading the same bytes: make bench TREE=path
	$(PY) benchmarks/audit.py $(TREE)

clean:  ## remove what was made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
