# Two commands for a new user (`make run`, `make test`), two for its developers (`make check`,
# `make bench`); `make lock` after a change to the dependencies in pyproject.toml, `make pictures`
# after one to the screens.
#
# Each target depends on a stamp inside .venv, so that a second call installs nothing.

.DEFAULT_GOAL := run
.PHONY: run test check bench pictures lock clean

VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
# The first interpreter on PATH that is new enough; PYTHON=… overrides the choice.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP    := $(PY) -m pip --disable-pip-version-check --no-input -q

run: $(VENV)/.run
	@$(BIN)/warmstart

test: $(VENV)/.dev
	@$(PY) -m pytest -n 2 $(ARGS)

check: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(PY) tests/content_lint.py content labs
	@$(BIN)/warmstart lab check --quick labs/*/

bench: $(VENV)/.bench
	@$(PY) -m pytest -q tests/anki/test_anki_roundtrip.py
	@$(PY) tests/bench/run.py $(ARGS)

# hatchling stands in both locks: the project itself is installed without build isolation, because
# pip refuses to mix hashes with an editable install, and an isolated build would fetch unpinned.
$(VENV)/.run: requirements.lock pyproject.toml | $(PY)
	@echo "Installing Warmstart into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	@echo "Installing what the benchmarks are measured against into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

$(PY):
	@test -n "$(PYTHON)" || { echo "Warmstart needs Python 3.11 or newer; none was found on PATH." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) could not make a virtual environment (on Debian: apt install python3-venv)." >&2; exit 1; }

pictures: $(VENV)/.dev
	@$(PY) tests/pictures.py

# Needs uv on PATH. Universal: one file for CPython 3.11–3.14 on Linux, macOS and Windows.
UV_COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate -q
lock:
	@$(UV_COMPILE) --group lock -o requirements.lock
	@$(UV_COMPILE) --group dev -o requirements-dev.lock -c requirements.lock
	@$(UV_COMPILE) --group bench -o requirements-bench.lock -c requirements-dev.lock

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
