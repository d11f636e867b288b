# The workflow: each target is a step that people who change Commonthread take. `make` alone lists them.
# CONTRIBUTING.md says when to take which.

VENV := .venv
PYTHON := $(VENV)/bin/python
PYTEST := $(PYTHON) -m pytest
QUICK := tests/rooms tests/test_*.py
COVERED := tests/rooms tests/contract
FLOOR := 86
# Left out of coverage: tests that hold a time, since what is traced takes longer, and what a real WordPress repeats.
UNTIMED := --ignore=tests/rooms/test_outbox_cost.py --ignore=tests/rooms/test_hostile_answers.py -k 'not (in_time or is_linear or little_time or real or without_its_contract)'

# Whoever makes the lists of requirements, and whoever looks through them, has an environment of its own.
LOCK := build/lock
AUDIT := build/audit
LOCKED := $(LOCK)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--emit-build-options --no-emit-index-url --custom-compile-command 'make lock'

.PHONY: help setup check lint types quick test coverage long demo format house lock audit

help:  ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup:  ## make the environment with everything that tests need
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q -r requirements/test.txt
	$(VENV)/bin/pip install -q --no-deps --no-build-isolation -e .

check: lint types quick  ## what is worth a run before each commit

lint:  ## ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types:  ## mypy, strict
	$(VENV)/bin/mypy

quick:  ## the tests of single rooms, of the architecture, of words and docs
	$(PYTEST) -n auto --dist loadfile $(QUICK)

test:  ## every test but the long runs: the README's command
	$(PYTEST) -n auto --dist loadfile

coverage:  ## which lines no test of a room or of a port has run; fails below the floor
	$(PYTEST) -n auto --dist loadfile $(COVERED) $(UNTIMED) --cov=bot --cov=cogs \
		--cov-report=term:skip-covered --cov-fail-under=$(FLOOR)

long:  ## the long runs, one after another, with the sizes that the README names
	STEPS=20000 $(PYTEST) -s tests/whole/test_state_machine.py
	STEPS=10000 $(PYTEST) -s tests/whole/test_moving_world.py
	NODES=64 $(PYTEST) -s tests/long/kill.py
	$(PYTEST) -s tests/long/crash_steps.py
	$(PYTEST) -s tests/long/faults_whole.py
	SOAK_SPEED=250 SOAK_EVERY=300 SOAK_MINUTES=41 $(PYTEST) -s tests/long/soak.py
	$(PYTEST) -s tests/long/pacing.py
	$(PYTEST) -s tests/long/rebuilding.py
	$(PYTEST) -s tests/long/many_guilds.py
	$(PYTEST) -s tests/long/last_word_wordpress.py
	$(PYTEST) -s tests/long/forged_wordpress.py
	$(PYTEST) -s tests/long/mutants.py

demo:  ## see it work: prints the address of a page
	$(PYTHON) -m bot demo

format:  ## let ruff set the files and mend what it can
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

house:  ## write the table of imports into docs/house.md
	$(PYTHON) -m tests.support.import_table

lock:  ## write what is installed, with hashes, from pyproject.toml into requirements/; UPGRADE=-U takes what is new
	python3 -m venv $(LOCK)
	$(LOCK)/bin/pip install -q uv==0.13.9
	$(LOCKED) $(UPGRADE) --extra test pyproject.toml requirements/build.in -o requirements/test.txt
	$(LOCKED) -c requirements/test.txt pyproject.toml requirements/build.in -o requirements/bot.txt

audit:  ## ask the network whether a fault is known of anything that is installed
	python3 -m venv $(AUDIT)
	$(AUDIT)/bin/pip install -q pip-audit==2.10.1
	$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/test.txt
