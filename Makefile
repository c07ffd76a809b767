# Everything sets itself up: a virtual environment in .venv, from the lock file, then the command.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-long check format lock bench bench-understanding clean

demo: $(VENV)/ready  ## try Frontdesk on a page, without any account
	$(BIN)/frontdesk demo

test: $(VENV)/ready  ## all tests, on SQLite and on a PostgreSQL that starts by itself
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(VENV)/ready  ## the tests that take minutes: many seeds of kills and faults
	$(BIN)/python -m pytest -m long --timeout 1800

check: $(VENV)/ready  ## linters, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	KNOWLEDGE_BASE=knowledge_base $(BIN)/frontdesk kb check

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/ready  ## see docs/benchmarks.md
	$(BIN)/python -m benchmarks

bench-understanding: $(VENV)/ready  ## DATA=folder of question sets; takes an hour, see docs/benchmarks.md
	$(BIN)/python -m benchmarks.understanding $(DATA)

lock: $(VENV)/ready  ## pin what pyproject.toml asks for (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--all-extras --group dev pyproject.toml -o requirements.lock

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "Setting up, about a minute…"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
