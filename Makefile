# make up            a cluster of one node with two nginx servers behind a service (root, Debian 12)
# make down          stop it and leave nothing behind
# make setup         .venv with pyctl and everything that development needs
# make test          test-unit, test-clients, test-e2e
# make test-unit     everything that starts no cluster
# make test-clients  what others wrote for Kubernetes, against control planes without nodes
# make test-e2e      whole clusters, with real containers (root)
# make lint          format, lint, types, layers
# make bench         what our speed is measured with

SHELL := /bin/bash
PYTEST_FLAGS ?=
UP_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup up down test test-unit test-clients test-e2e lint bench

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: .venv/.complete

.venv/.complete: pyproject.toml
	hack/setup

up: setup
	hack/up $(UP_FLAGS)

down: setup
	.venv/bin/pyctl down

test: test-unit test-clients test-e2e

test-unit: setup
	.venv/bin/python -m pytest -m "not e2e$$(hack/has-kubectl || echo ' and not kubectl')" --ignore tests/clients $(PYTEST_FLAGS)

# They wait more than they work, so three at a time.
test-clients: setup
	.venv/bin/python -m pytest -m "not e2e$$(hack/has-kubectl || echo ' and not kubectl')" -n 3 --dist loadfile tests/clients $(PYTEST_FLAGS)

test-e2e: setup
	.venv/bin/python -m pytest -m e2e tests/e2e $(PYTEST_FLAGS)

lint: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup
	hack/bench/all
