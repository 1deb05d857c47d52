# Works with GNU make and Python 3.11 or newer. PYTHON=python3.12 make test takes another Python.
PYTHON ?= python3

venv := .venv
python := $(venv)/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test fuzz lint bench bench-full load soak docs dashboards manifests lock audit

help: ## list these verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(venv)/.installed ## serve simulated PowerFlex systems at http://localhost:10445/
	$(python) -m exporter demo

test: system-packages lint ## run every check and every test
	$(python) -m pytest -n 4 --dist worksteal

fuzz: system-packages $(venv)/.installed-dev ## try very many answers and orders of events, in half an hour or so
	$(python) -m pytest -n 3 --timeout 0 --hypothesis-profile fuzz --hypothesis-show-statistics tests/fuzz

lint: $(venv)/.installed-dev ## check style, types and the directions of imports
	$(venv)/bin/ruff check
	$(venv)/bin/ruff format --check
	$(venv)/bin/mypy
	$(venv)/bin/lint-imports

bench: $(venv)/.installed-dev ## measure what a small array costs
	$(python) -m benchmarks

bench-full: $(venv)/.installed-dev ## measure what the largest array costs, in under ten minutes
	$(python) -m benchmarks --full

load: $(venv)/.installed-dev ## load an exporter with too many clients, and with worse ones
	$(python) -m benchmarks.load

soak: $(venv)/.installed-dev ## run an exporter through years of polls and troubles, in half an hour or so
	$(python) -m benchmarks.soak

docs: $(venv)/.installed ## write the reference of the metrics and the page of the faults
	$(python) -m exporter metrics-docs > $(venv)/metrics.md
	mv $(venv)/metrics.md docs/metrics.md
	$(python) -m tests.faults > $(venv)/faults.md
	mv $(venv)/faults.md docs/faults.md

dashboards: $(venv)/.installed-dev ## write the dashboards' JSON from their sources
	$(python) -m dashboards

manifests: $(venv)/.installed ## write the Kubernetes objects of rules and dashboards
	$(python) -m deploy

lock: $(venv)/.installed-dev ## write requirements.lock from pyproject.toml and constraints.txt
	$(venv)/bin/uv pip compile --quiet --no-config --custom-compile-command 'make lock' --generate-hashes --no-annotate \
	  --python-platform linux --python-version 3.11 -c constraints.txt -o requirements.lock pyproject.toml

audit: $(venv)/.installed-dev ## ask PyPI for known vulnerabilities of what requirements.lock names
	$(venv)/bin/uv tool run pip-audit --strict --disable-pip --requirement requirements.lock

.PHONY: system-packages
system-packages:
	tests/system-packages

# What is installed follows pyproject.toml and constraints.txt; the stamps say that it does.
$(venv)/.installed: $(venv)/.created pyproject.toml constraints.txt
	$(python) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

# Dependency groups need pip 25.1.
$(venv)/.installed-dev: $(venv)/.created pyproject.toml constraints.txt
	$(python) -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(python) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@ $(venv)/.installed

$(venv)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is not it. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(python) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(venv)
	@touch $@
