# Everything a person needs has one word here. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# In which order the tests run: the same for everybody, so that a run says the same twice. `make test SEED=2` shuffles anew.
SEED   ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup run test test-sqlite test-postgresql check bench bench-large bench-mail bench-letters fix messages lock

help:  ## list these words
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/ready  ## make .venv with the locked dependencies (once; again only when the lock changes)

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make setup PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV)/ …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup  ## start the desk on SQLite under var/, with a demo company the first time
	@$(BIN)/helpdesk demo

test: setup  ## all tests, on SQLite and on a PostgreSQL which the run itself provides
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-sqlite test-postgresql

# Both take about as long: what needs no database is in the first, but what needs a browser is in the second.
test-sqlite: setup
	@$(BIN)/python -m pytest --database=sqlite -m "not browser" --randomly-seed=$(SEED)

test-postgresql: setup
	@$(BIN)/python -m pytest --database=postgresql --randomly-seed=$(SEED)

check: setup  ## ruff, mypy strict, floors, translations, template lint
	@$(BIN)/ruff check --no-cache . && $(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/house -m once

bench: setup  ## measure: pages, letters, memory, search quality
	@$(BIN)/python tools/bench.py

bench-large: setup  ## measure the desk up to a million tickets (30 GB; quick again with ARGS="--keep FOLDER")
	@$(BIN)/python tools/bench.py --large $(ARGS)

bench-mail: setup  ## kill everything while letters come and go: is one lost, or doubled?
	@$(BIN)/python bench/crash_mail.py --database sqlite
	@$(BIN)/python bench/crash_mail.py --database postgresql
	@$(BIN)/python bench/outbox_faults.py --database sqlite
	@$(BIN)/python bench/outbox_faults.py --database postgresql

bench-letters: setup  ## measure: letters kept and sorted a second by each door, and memory over 10,000 of them
	@$(BIN)/python bench/speed_mail.py
	@$(BIN)/python bench/memory_mail.py

fix: setup  ## let ruff mend what it can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

messages: setup  ## bring helpdesk/i18n/vi.po up to date and list what is not translated
	@$(BIN)/python -m helpdesk.i18n.messages

lock:  ## write requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--all-extras --upgrade pyproject.toml --output-file requirements.lock
