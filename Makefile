# Set-up and every check of the project. `make demo` and `make test` need Python 3.11 and make, nothing else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DISTS := semconv instrumentation processor

.PHONY: install demo test test-integrations test-deep-learning lock-integrations lint types layers check semconv docs lock bench clean help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## set up .venv with everything the project needs

$(STAMP): requirements/dev.txt $(DISTS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "contexta needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(DISTS:%=-e ./%)
	@touch $@

demo: install ## train two models for real, and ask the evidence about them
	@$(BIN)/python examples/demo/demo.py

test: install ## every test of the fresh-machine suite
	$(BIN)/python -m pytest -n auto --dist loadfile

test-integrations: install ## the ML libraries contexta.integrations tells about, installed on demand
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/integrations.txt
	$(BIN)/python -m pytest tests/integrations

test-deep-learning: install ## callbacks for Lightning, transformers, Keras: those that are installed
	$(BIN)/python -m pytest tests/integrations/deep_learning

lint: install ## ruff: style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## pyright, strict
	$(BIN)/basedpyright

layers: install ## data flows one way: import-linter
	$(BIN)/lint-imports

semconv: install ## regenerate constants and docs/wire.md from semconv/registry
	$(BIN)/python semconv/tools/generate.py

docs: install ## regenerate docs/tables.md and docs/commands.md
	$(BIN)/python docs/generate.py

generated: install ## prove that every generated file is current
	$(BIN)/python semconv/tools/generate.py --check
	$(BIN)/python docs/generate.py --check

check: lint types layers generated test ## what CI runs

bench: install ## the benchmarks, minutes long; results as JSON lines
	$(BIN)/python benchmarks/run.py

lock: install ## lock requirements/dev.in again
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/dev.in -o requirements/dev.txt

lock-integrations: install ## lock requirements/integrations.in again
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/integrations.in -o requirements/integrations.txt

clean: ## remove what was built
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
