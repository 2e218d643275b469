# Everything a person must know: run, test, check, bench, build. `make help` lists the rest. Windows: make.ps1.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 3001
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.DEFAULT_GOAL := help

VERSION = $(shell $(PYTHON) -m release.version show)
BUNDLE := dist/ai-core-proxy
PACKAGE_VENV := build/package-venv
SPEC := build_specs/$(if $(filter Darwin,$(shell uname -s)),macos,linux).spec
IMAGE ?=
SCRIPTS = $(wildcard .ci/run deploy/*.sh release/*/*.sh tests/*/*.sh)

.PHONY: help run test check clients soak bench build build-tested build-debug wheel bundle pictures lock clean version-show \
  version-bump-patch version-bump-minor version-bump-major release-prepare tag-and-push release-github release-docker

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-19s %s\n", $$1, $$2}'

run: $(VENV)/.run ## start in demo mode on port 3001, no SAP account needed; with a tray icon where there is a display
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" != Linux ]; \
	  then exec $(BIN)/sap-ai-proxy-tray --demo --port $(PORT); \
	  else exec $(BIN)/sap-ai-proxy --demo --port $(PORT); fi

test: $(VENV)/.dev $(VENV)/.desktop ## run the tests
	$(BIN)/pytest

check: $(VENV)/.dev ## formatting, lint, types and import contracts; workflows, image and scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -x $(BIN)/actionlint ]; then set -ex; \
	  $(BIN)/actionlint -shellcheck $(BIN)/shellcheck .github/workflows/*.yml; \
	  $(BIN)/hadolint Dockerfile; \
	  $(BIN)/shellcheck $(SCRIPTS); \
	else echo "Workflows, image and scripts are linted on Linux x86-64 alone."; fi

clients: $(VENV)/.dev ## install real clients into .cache/clients and try each against the demo
	$(BIN)/python -m tests.clients

soak: $(VENV)/.dev ## twenty minutes of 32 clients while the simulated SAP has a bad day
	$(BIN)/python -m tests.soak

bench: $(VENV)/.dev ## measure the proxy beside a direct connection
	$(BIN)/python -m bench

build: wheel bundle ## build the wheel, the program's folder and this system's packages into dist/

wheel: $(VENV)/.dev
	$(BIN)/uv build --no-build-isolation --out-dir dist .

bundle: $(PACKAGE_VENV)/.done
	$(PACKAGE_VENV)/bin/pyinstaller --noconfirm --log-level WARN --distpath dist --workpath build/pyinstaller $(SPEC)
	@case "$$(uname -s)" in \
	  Linux) $(PYTHON) -m release.linux_packages $(BUNDLE) dist;; \
	  Darwin) release/macos/make_dmg.sh "dist/AI Core Proxy.app" dist;; \
	esac

build-tested: build ## build, then test what was built: packages, self tests, the tray on a virtual desktop
	PACKAGED=$(CURDIR)/dist $(BIN)/pytest tests/packaging
	TRAY_PROGRAM=$(CURDIR)/$(BUNDLE)/sap-ai-proxy-tray $(BIN)/pytest tests/desktop/test_program_*.py

build-debug: export BUNDLE_DEBUG = 1
build-debug: bundle ## build the program's folder so that it tells how it starts

version-show: ## print the version
	@$(PYTHON) -m release.version show

version-bump-patch: ## raise the version: 1.2.3 to 1.2.4
version-bump-minor: ## 1.2.3 to 1.3.0
version-bump-major: ## 1.2.3 to 2.0.0
version-bump-patch version-bump-minor version-bump-major:
	@$(PYTHON) -m release.version bump $(@:version-bump-%=%)

release-prepare: ## test everything, close the changelog's open section and commit the release
	@test -z "$$(git status --porcelain --untracked-files=no -- . ':!proxy_core/version.py')" || \
	  { echo "There are changes that are not committed. Commit them first." >&2; exit 1; }
	$(MAKE) check test build-tested
	$(PYTHON) -m release.changelog close
	git commit -m "Release $(VERSION)" -- CHANGELOG.md proxy_core/version.py

tag-and-push: ## tag this commit with its version and push both: the release is then built elsewhere
	git tag -a "v$(VERSION)" -m "Release $(VERSION)"
	git push origin HEAD "v$(VERSION)"

release-github: ## publish this version's packages of dist/ as a release on GitHub, from here
	rm -rf build/release && mkdir -p build/release
	find dist -maxdepth 1 -type f -name '*[-_]$(VERSION)[-_.]*' -exec cp {} build/release/ \;
	$(PYTHON) -m release.checksums build/release
	$(PYTHON) -m release.changelog notes > build/notes.md
	gh release create "v$(VERSION)" build/release/* --title "$(VERSION)" --notes-file build/notes.md

release-docker: ## build the image for amd64 and arm64 and push it: IMAGE=registry/owner/name
	@test -n "$(IMAGE)" || { echo "Say where to: make release-docker IMAGE=registry/owner/name" >&2; exit 2; }
	docker buildx build --platform linux/amd64,linux/arm64 --build-arg COMMIT="$$(git rev-parse --short=12 HEAD)" \
	  --tag $(IMAGE):$(VERSION) --tag $(IMAGE):latest --push .

pictures: $(VENV)/.dev $(VENV)/.desktop ## draw the README's pictures anew, from the real program
	$(BIN)/python -m tests.desktop.pictures docs/images

lock: $(VENV)/.dev ## pin the dependencies anew
	$(BIN)/uv pip compile $(LOCK) --group build --extra tray -o requirements/run.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group build --group dev --all-extras -o requirements/dev.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group build --group package --extra tray -o requirements/package.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group build -o requirements/image.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --group audit -o requirements/audit.txt pyproject.toml

clean: ## remove what make made
	rm -rf $(VENV) dist build .cache/minimal-root .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

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

$(PACKAGE_VENV)/.done: requirements/package.txt
	@echo "Installing PyInstaller into $(PACKAGE_VENV), once …"
	@rm -rf $(PACKAGE_VENV)
	@$(PYTHON) -m venv $(PACKAGE_VENV)
	@$(PACKAGE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.desktop: tests/desktop/prerequisites.sh | $(VENV)/bin/python
	@sh $< && touch $@ || true # without them the other tests run, and those that need one fail and name it
