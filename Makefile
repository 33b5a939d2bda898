# What developers and operators do here; `make help` lists it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
EMULATOR_PORT ?= 8900
export PORT EMULATOR_PORT

bin := .venv/bin
pip := $(bin)/python -m pip -qq --disable-pip-version-check --no-input
htmx := bx24app/web/static/vendor/htmx.min.js
frame_library := node_modules/@bitrix24/b24jssdk/dist/umd/index.min.js
npm_ci := npm ci --ignore-scripts --no-audit --no-fund --silent
chromium := /usr/bin/chromium
pgbouncer := /usr/sbin/pgbouncer
nginx := /usr/sbin/nginx

.DEFAULT_GOAL := help
.PHONY: help run serve migrate static test bench quick check lint types format translations docs simulate soak screenshots chromium pgbouncer nginx pins

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile

run: .venv/runtime static ## try it: the app and an emulated Bitrix24, one Ctrl-C stops both
	@$(bin)/python -m tests.emulator.run

serve: migrate static ## the production server on HOST (127.0.0.1) and PORT, with the settings of the environment
	@exec $(bin)/gunicorn app:app --bind $(HOST):$(PORT) --worker-class gthread --workers 2 \
		--threads 64 --keep-alive 5 --max-requests 20000 --max-requests-jitter 2000 \
		--graceful-timeout 100 --no-control-socket

migrate: .venv/runtime ## bring the database of DATABASE_URL to the current schema
	@$(bin)/flask --app app db upgrade

static: $(htmx) ## fetch the pages' scripts from npm, by the lock file
	@:

test: .venv/dev static $(frame_library) chromium pgbouncer nginx ## install what the tests need, then lint, types and every test
	@$(MAKE) --no-print-directory check

bench: .venv/bench static ## measure beside other clients, for six minutes, and print one table
	@$(bin)/python -m tests.bench

quick: lint types static ## the daily loop: lint, types, and the unit tests that are fast
	@$(bin)/pytest -n 2 -q -m "not slow and not browser" -k "not postgresql" \
		--ignore tests/unit/web/api --ignore tests/unit/test_run.py tests/unit

check: lint types ## what `make test` ends with, once everything is installed
	@$(bin)/pytest -n 2

lint: .venv/dev ## style, common mistakes, and who may import whom
	@$(bin)/ruff check --quiet
	@$(bin)/ruff format --check --quiet
	@broken=$$($(bin)/lint-imports --no-logo --no-cache) || { echo "$$broken"; exit 1; }

format: .venv/dev ## lay the code out, mend what the linter can mend
	@$(bin)/ruff check --quiet --fix
	@$(bin)/ruff format --quiet

types: .venv/dev ## static types
	@$(bin)/mypy --no-error-summary

translations: .venv/dev ## take new sentences into the Russian catalogue, and compile it
	@mkdir -p instance
	@$(bin)/pybabel -q extract -F babel.cfg -k N_ --no-location --sort-output --width 100 \
		-o instance/messages.pot bx24app
	@$(bin)/pybabel -q update -i instance/messages.pot -d bx24app/web/translations -l ru --width 100 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(bin)/pybabel -q compile -d bx24app/web/translations

docs: .venv/dev ## write into the tables of docs/ which tests show each row
	@$(bin)/python -m tests.support.document_tables

simulate: .venv/dev ## live through SEEDS (300) histories of bad luck on a virtual clock, from FIRST (1) on
	@$(bin)/python -m tests.simulation

soak: .venv/dev static ## live through MINUTES (30) with 200 portals, people, programs and bad luck; print one table
	@$(bin)/python -m tests.bench.soak

screenshots: .venv/dev static chromium ## take the pictures of docs/screenshots and of docs/market anew
	@$(bin)/python -m tests.journeys.screenshots
	@$(bin)/python -m tests.journeys.market_pictures

chromium: ## install Debian's browser, which the tests drive
	@test -x $(chromium) || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null; } || \
		{ echo "$(chromium) is missing; as root: apt-get install --no-install-recommends chromium" >&2; exit 1; }
	@test -x $(chromium) || { echo "Installing Debian's chromium ..." && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

pgbouncer: ## install Debian's pooler, through which the tests reach PostgreSQL
	@$(call debian,$(pgbouncer),pgbouncer)

nginx: ## install Debian's proxy, behind which the tests put the application
	@$(call debian,$(nginx),nginx-light)

# A program of a Debian package, as chromium above; RUNLEVEL keeps its service asleep (no systemd).
define debian
test -x $(1) || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null; } || \
	{ echo "$(1) is missing; as root: apt-get install --no-install-recommends $(2)" >&2; exit 1; }; \
test -x $(1) || { echo "Installing Debian's $(2) ..." && apt-get update -qq && \
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null; }
endef

pins: ## resolve requirements*.in into requirements*.txt again (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: pip install uv" >&2; exit 1; }
	@for set in requirements requirements-dev requirements-bench; do \
		uv pip compile --quiet --upgrade --generate-hashes --no-strip-extras --no-header --no-annotate --no-emit-index-url \
			--python-version 3.11 $$set.in -o $$set.txt || exit 1; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is missing; say where it is: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null || { rm -rf .venv; \
		echo "Python's venv is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/runtime: requirements.txt | .venv/bin/python
	@echo "Installing $< ..."
	@$(pip) install --require-hashes -r $< && touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	@echo "Installing $< ..."
	@$(pip) install --require-hashes -r $< && touch $@

.venv/bench: requirements-bench.txt .venv/dev
	@echo "Installing $< ..."
	@$(pip) install --require-hashes -r $< && touch $@

$(htmx): package-lock.json
	@command -v npm >/dev/null || \
		{ echo "npm is missing; install Node.js, which brings the pages' scripts" >&2; exit 1; }
	@$(npm_ci) --omit=dev
	@mkdir -p $(@D) && cp node_modules/htmx.org/dist/htmx.min.js $@ && touch $@

# Bitrix24's own library of the frame, which only the tests load.
$(frame_library): package-lock.json | $(htmx)
	@$(npm_ci) && touch $@
