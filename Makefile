# run · test · check · bench · docs · lock: the same commands that continuous integration calls.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check bench docs lock clean help

help:            ## what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/.run: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Zhiheng needs Python 3.11 or later: install it, or name yours with 'make run PYTHON=python3'"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: 'apt-get install python3-venv'"; exit 2; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.check: $(VENV)/.run requirements-check.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-check.lock
	@touch $@

run: $(VENV)/.run        ## install, run the loop on the bundled data, serve the pages
	$(BIN)/zhiheng run --serve

test: $(VENV)/.check     ## every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.check    ## style, types, import contracts, architecture, links and lists of the documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/architecture tests/docs -m "not slow"

bench: $(VENV)/.check    ## headline figures, each as a ratio
	@for script in benchmarks/*_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.run       ## write the generated pages again
	$(BIN)/python -m docs.generate

lock:                    ## pin versions and hashes again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra build --extra spark --extra check pyproject.toml -o requirements-check.lock

clean:                   ## remove the environment and the workspace
	rm -rf $(VENV) var
