# Everything a person must know: run, test, check, bench, build. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 3001
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.DEFAULT_GOAL := help

.PHONY: help run test check bench build lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.run ## start in demo mode on port 3001, no SAP account needed; with a tray icon where there is a display
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" != Linux ]; \
	  then exec $(BIN)/sap-ai-proxy-tray --demo --port $(PORT); \
	  else exec $(BIN)/sap-ai-proxy --demo --port $(PORT); fi

test: $(VENV)/.dev $(VENV)/.desktop ## run the tests
	$(BIN)/pytest

check: $(VENV)/.dev ## formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure the proxy beside a direct connection
	$(BIN)/python -m bench

build: $(VENV)/.dev ## build the wheel and the source archive into dist/
	$(BIN)/uv build --no-build-isolation --out-dir dist .

lock: $(VENV)/.dev ## pin the dependencies anew
	$(BIN)/uv pip compile $(LOCK) --group build --extra tray -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group build --group dev --all-extras -o requirements/dev.txt pyproject.toml

clean: ## remove what make made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
	  else \
	    echo "Python's venv module is missing. On Debian: sudo apt-get install python3-venv" >&2; exit 1; \
	  fi; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV), once …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the tools of development into $(VENV), once …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

$(VENV)/.desktop: tests/desktop/prerequisites.sh | $(VENV)/bin/python
	@sh $< && touch $@ || true # without them the other tests run, and those that need one fail and name it
