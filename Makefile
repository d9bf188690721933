# SPDX-License-Identifier: MIT
# The only verbs that people and CI need. Each sets up what it needs first; a second time that costs nothing.

export PATH := $(CURDIR)/.venv/bin:$(PATH)
PY := .venv/bin/python
WORKERS ?= 2
N ?= 200000
KILLS ?= 200
ifdef SEED
GIVEN_SEED := --seed $(SEED)
else
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-dev up reset demo test lint format compile docs fuzz fuzz-model mutate symbolic bench-gas bench-oracle bench-audit chaos drills lock clean

help: ## this list
	@echo "LinkPool: stake LINK into nodes, serve requests, earn, distribute, withdraw"
	@echo
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'
	@echo
	@echo "  ARGS passes options on: make up ARGS='--times 100'"

setup: ## environment for running: .venv and node_modules, from the lock files
	@sh tools/setup.sh runtime

setup-dev:
	@sh tools/setup.sh dev

up: setup ## local chain, three nodes, stakers, a consumer: a live table until Ctrl-C
	@.venv/bin/linkpool up $(ARGS)

reset: setup ## forget the local chain
	@.venv/bin/linkpool reset $(ARGS)

demo: setup ## the same story once, with a verdict
	@.venv/bin/linkpool demo $(ARGS)

test: setup-dev ## every check and every test, the same on each run
	@$(PY) -m tools.reproduce
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: setup-dev ## ruff, mypy, import layers, contract rules, natrix, ways out, snapshots, reference pages
	@$(PY) -m tools.lint

format: setup-dev ## lay out Python sources with ruff
	@$(PY) -m ruff check --fix-only --quiet . && $(PY) -m ruff format .

compile: setup-dev ## contracts into src/linkpool/chain/abi
	@$(PY) -m tools.compile $(ARGS)

docs: setup-dev ## write the generated reference pages
	@$(PY) -m tools.docs
	@$(PY) -m tools.notebook

fuzz: setup-dev ## the evil pool, goes on where it was: make fuzz N=steps SEED=number
	@$(PY) -m tests.contracts.evil run --steps $(N) $(GIVEN_SEED)
	@$(PY) -m tests.contracts.evil bugs $(GIVEN_SEED)
	@$(PY) -m pytest -q tests/contracts/liveness $(ARGS)

fuzz-model: setup-dev ## stateful machines with their exact model, for long: make fuzz-model N=steps SEED=number
	@echo "fuzz: N=$(N) SEED=$(SEED) (the same SEED repeats the run)"
	@LINKPOOL_FUZZ_STEPS=$(N) LINKPOOL_FUZZ_SEED=$(SEED) LINKPOOL_HYPOTHESIS_PROFILE=long \
		$(PY) -m pytest tests/contracts/stateful tests/contracts/attacks/network/test_machine.py \
		--hypothesis-seed=$(SEED) $(ARGS)

mutate: setup-dev ## plant faults in the contracts, see if a test notices: make mutate ONLY=custody SECONDS=600
	@$(PY) -W ignore -m tools.mutate --only "$(ONLY)" --seconds $(or $(SECONDS),inf) $(ARGS)

symbolic: setup-dev ## access, doors, caps proven on the byte code by halmos, in an environment of its own
	@sh tools/symbolic.sh $(ARGS)

bench-gas: setup-dev ## gas of every action against its floor and the peers
	@$(PY) -m bench.gas $(ARGS)

bench-oracle: setup-dev ## answers a second, latency, memory and CPU time of a real node process
	@$(PY) -m bench.oracle $(ARGS)

bench-audit: setup-dev ## an audit of 700 nodes, on a chain built for it
	@$(PY) -m bench.audit $(ARGS)

chaos: setup-dev ## kill -9, a backlog, outages, for long: make chaos KILLS=number SEED=number
	@$(PY) -m bench.oracle.crash --kills $(KILLS) --seed $(SEED)
	@$(PY) -m bench.oracle.backlog
	@CHAOS_SECONDS=60 $(PY) -m pytest tests/flows/test_chain_faults.py $(ARGS)

drills: setup-dev ## upgrades and everybody's way out, measured: writes docs/explain/upgrades.md
	@$(PY) -m bench.drills

lock: ## write requirements/*.txt anew from requirements/*.in
	@sh tools/lock.sh $(ARGS)

clean: ## remove everything that `make` made, but not the local chain
	@rm -rf .venv node_modules .setup.lock .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache build dist
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
