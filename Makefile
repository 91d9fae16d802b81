# Everything one does here is one word. `make` lists them.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
SOURCES := shared services deploy requirements/install.py $(wildcard tests examples)

export PYTHONUTF8 := 1
export PYTHONDONTWRITEBYTECODE ?=

.DEFAULT_GOAL := help
.PHONY: help demo up test test-fast differential faults check format-check lint types imports addresses bench docs runtime temporal dev

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)$$/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

demo: runtime ## the whole platform with sample tickets (ARGS="--once" stops after the summary)
	@exec $(BIN)/slaclock demo $(ARGS)

up: runtime ## the whole platform, as it was left (ARGS="--port 0 --nats-port 0" takes free ports)
	@exec $(BIN)/slaclock up $(ARGS)

test: check ## all checks and all tests, on real NATS and PostgreSQL
	@exec $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: dev ## the tests that need no server
	@exec $(BIN)/python -m pytest --fast $(ARGS)

differential: dev ## business time against a slow oracle, all zones and transitions (half an hour)
	@exec $(BIN)/python -m tests.differential $(ARGS)

faults: dev ## kill the platform a thousand times and judge what is left (half an hour; ARGS="kills=100 seed=1")
	@exec $(BIN)/python -m tests.failures $(ARGS)

check: dev format-check lint types imports addresses ## format, lint, types, imports, requirements

format-check: dev ## sources are formatted
	@$(BIN)/ruff format --check --quiet . || { echo "remedy: $(BIN)/ruff format ." >&2; exit 1; }

lint: dev ## no lint
	@$(BIN)/ruff check --quiet .

types: dev ## types agree (mypy, strict)
	@$(BIN)/mypy $(SOURCES)

imports: dev ## nobody imports whom they must not
	@$(BIN)/lint-imports

addresses: ## requirements name no package index
	@if grep -nE 'https?://|--(extra-)?index-url|--find-links' requirements/*.txt requirements/*.in; then echo "remedy: compile with --no-emit-index-url" >&2; exit 1; fi

bench: dev ## measure the kernel, the event path and the platform
	@exec $(BIN)/python -m tests.performance $(ARGS)

docs: dev ## build the documentation, strictly, into site/
	@exec $(BIN)/mkdocs build --strict --quiet

runtime:
	@$(PYTHON) requirements/install.py runtime

temporal: ## add what SLACLOCK_TIMER_BACKEND=temporal and `up --temporal` take (optional)
	@$(PYTHON) requirements/install.py temporal

dev:
	@$(PYTHON) requirements/install.py dev
