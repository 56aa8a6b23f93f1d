# The verbs of the project. `make run` and `make test` do all set-up themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check demo-real bench bench-full faults shots clean services

run: $(VENV)/.run            ## start the cockpit with the default city
	@$(BIN)/python app.py run

demo-real: $(VENV)/.run      ## real tickets of New York and real air of Beijing on the replay clock
	@$(BIN)/python -m tools.demo_real

test: $(VENV)/.dev services  ## install what the tests need, then run them all
	@CITY_TESTS_REQUIRE="$$(cat var/services 2>/dev/null)" $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev          ## style, format, types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(VENV)/.dev services  ## measure against peers in the same run; under a quarter of an hour
	@$(BIN)/python -m bench

bench-full: $(VENV)/.dev services ## measure longer, and write bench/RESULTS.md
	@$(BIN)/python -m bench --full

faults: $(VENV)/.dev services ## kill, stop, fill and lie to everything, and count what came of it; about 15 minutes
	@sh tools/services.sh rabbitmq faketime && $(BIN)/python -m bench.faults

shots: $(VENV)/.dev services ## screenshots of every screen into docs/shots
	@$(BIN)/python -m tools.shots --out shots --docs docs/shots --settle 240

services:                    ## Chromium, mosquitto and PostgreSQL for the tests, where they are missing and may be had
	@sh tools/services.sh

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.txt
	@echo "Installing what the cockpit needs into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt && touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements.txt requirements-dev.txt
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt && touch $@

clean:                       ## forget the virtual environment; the city's data in var/ stays
	rm -rf $(VENV)
