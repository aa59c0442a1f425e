# Needs only make, and Python >= 3.11 with pip and venv.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench lighthouse lock messages screenshots clean

PORT ?= 8000
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
PO := $(wildcard shop/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
PYTEST ?= $(BIN)/pytest
TESTS ?= tests

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.runtime $(MO) ## make .venv, install the locked dependencies, compile messages

run: setup ## migrate, seed, start web and worker at http://127.0.0.1:$(PORT) until Ctrl-C
	@mkdir -p instance/metrics && rm -f instance/metrics/*.db
	@PORT=$(PORT) MALLOC_ARENA_MAX=$${MALLOC_ARENA_MAX:-2} PROMETHEUS_MULTIPROC_DIR=$${PROMETHEUS_MULTIPROC_DIR:-instance/metrics} exec $(BIN)/python -m shop.cli.run

test: $(VENV)/.dev $(MO) ## run every test; TEST_POSTGRES_URL and TEST_REDIS_URL add those backends
	$(PYTEST) $(TESTS)

lint: $(VENV)/.dev ## check style, types, floors and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint shop/templates

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev $(MO) ## measure beside a reference page and print ratios
	$(BIN)/python -m tests.benchmarks

lighthouse: ## Lighthouse's mobile scores of the shop that runs at SHOP_URL; needs Node.js
	$(BIN)/python -m tests.benchmarks.lighthouse

lock: $(VENV)/.dev ## resolve the newest versions into the lock files
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --custom-compile-command 'make lock' -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--python-version 3.11 --custom-compile-command 'make lock' --group dev -o requirements-dev.lock pyproject.toml

messages: $(VENV)/.runtime ## collect message ids into the Chinese catalogue and compile it
	$(BIN)/pybabel -q extract -F babel.cfg -k msg -k translated -k lazy_gettext --sort-output --no-location --omit-header -o messages.pot shop
	$(BIN)/pybabel -q update -N --omit-header --ignore-obsolete --no-wrap -i messages.pot -d shop/translations
	rm -f messages.pot
	$(BIN)/pybabel -q compile -f -d shop/translations

screenshots: $(VENV)/.dev $(MO) ## make the README's pictures from the demo shop
	$(BIN)/python -m tests.browser.screenshots

clean: ## remove everything made here, the embedded database too
	rm -rf $(VENV) instance .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results $(MO)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/python
	$(PIP) -r requirements-dev.lock
	@touch $(VENV)/.runtime $@

%.mo: %.po | $(VENV)/.runtime
	$(BIN)/pybabel -q compile -f -i $< -o $@ -l $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
