# make all    set up .venv, then run the pipeline on CORPUS into OUTPUTS
# make test   set up .venv, then run the tests
# make check  ruff, mypy and the tests
# make bench  measure time and memory on made documents, write docs/benchmarks.md (SIZES="100 1000 10000" REPEATS=5)
# make bench-accuracy  measure against public data and other methods, where the data are at hand
# make audit  known vulnerabilities, licences, pins, names, and the list of parts (SBOM) of all that is installed
# make fuzz   thousands of damaged files for every reader (SECONDS=60 for each; needs Linux to be guided by coverage)
# make faults  kill commands at random moments, refuse writes, damage files; say what survived (KILLS=100 of each command)
# make bench-privacy   measure names found and present, leaks found and hidden, and what stays the same
# make train  train the models of themes, practices and anatomy from corpus/labels
# make help   this list

PYTHON ?= python3
CORPUS ?= corpus
OUTPUTS ?= outputs
JOBS ?= 0
LABELS ?= corpus/labels
MODELS ?= models
FLAGS ?=
SIZES ?= 100
REPEATS ?=
WORDS ?= 300-400
SECONDS ?= 60
KILLS ?= 100

BIN := .venv/bin
STAGES := ingest segment quote tag map index report
OPTIONS = --corpus "$(CORPUS)" --outputs "$(OUTPUTS)" --models "$(MODELS)" --jobs $(JOBS) $(FLAGS)

.PHONY: all run $(STAGES) train evaluate bench bench-accuracy bench-privacy faults fuzz audit test check lint types lock clean help
.DEFAULT_GOAL := all

all: run

run: .venv/.installed
	@$(BIN)/pop run $(OPTIONS)

$(STAGES): .venv/.installed
	@$(BIN)/pop $@ $(OPTIONS)

train: .venv/.installed
	$(BIN)/pop train --labels $(LABELS)/themes.jsonl --models $(MODELS)
	$(BIN)/pop train --target practices --labels $(LABELS)/practices.jsonl --models $(MODELS)
	$(BIN)/pop train --target anatomy --labels $(LABELS)/anatomy.jsonl --models $(MODELS)

evaluate: .venv/.installed
	@$(BIN)/pop evaluate --outputs "$(OUTPUTS)" --gold tests/gold

bench: .venv/.installed-dev
	$(BIN)/python tests/bench/benchmarks.py --sizes $(SIZES) --words $(WORDS) $(if $(REPEATS),--repeats $(REPEATS))

bench-accuracy: .venv/.installed-dev
	@for script in tests/bench/ingest.py tests/bench/segmentation.py tests/bench/themes.py tests/bench/practices.py; do $(BIN)/python $$script || exit $$?; done

fuzz: .venv/.installed-dev
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --keep build/fuzz

faults: .venv/.installed-dev
	@$(BIN)/python -m tests.faults --kills $(KILLS) --seed 13

bench-privacy: .venv/.installed-dev
	@$(BIN)/python tests/bench/pseudonyms.py --missed
	@$(BIN)/python tests/bench/pseudonyms_kept.py
	@$(BIN)/python tests/hidden_names.py

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed-dev
	$(BIN)/mypy

check: lint types test

audit: .venv/.installed-dev
	@$(BIN)/python tests/audit/audit.py

# The lock files hold every package with its hashes, for every platform and Python version that is supported.
lock:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --quiet -o requirements.lock
	.venv/lock/bin/uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --quiet -o requirements-dev.lock

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "pop needs Python 3.11 or newer; found: $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 3; }
	@echo "Setting up .venv (once; a minute or two) ..."
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv *.egg-info

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
