# 网盾: two commands set it up: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help demo test test-long check install dev tools bench eval train lock clean

TEXTS ?= ../shared/data/texts

help:
	@echo "make demo     try it: crawl the bundled forum and shop, show the leads (ARGS=--once ends by itself)"
	@echo "make test     run the tests (installs what they need)"
	@echo "make test-long the scenarios that take long: kills, browsers, real shop and forum software"
	@echo "make install  only create .venv"
	@echo "make check    ruff, mypy, import-linter"
	@echo "make bench    side-by-side speed figures"
	@echo "make eval     detection figures on labelled data"
	@echo "make train    fit the learned judge again (TEXTS=folder of ordinary texts)"

demo: install
	@$(BIN)/wangdun demo $(ARGS)

# whole files to a worker for each core and one more, long ones first; ARGS="-n 0 tests/x.py" runs in one process.
# scenarios of minutes (kills, browsers, real shop software) are test-long's; in CI, test runs everything
SPREAD := -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart 0

test: dev tools
	$(BIN)/python -m pytest $(SPREAD) $(if $(CI),,-m "not long") $(ARGS)

test-long: dev tools
	$(BIN)/python -m pytest $(SPREAD) -m long $(ARGS)

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: $(VENV)/.installed

dev: $(VENV)/.dev

bench: dev
	$(BIN)/python -m benchmarks.crawl $(ARGS)

eval: dev
	$(BIN)/python -m benchmarks.evaluate $(ARGS)

train: dev
	$(BIN)/python -m keywords.lexicon.compile
	$(BIN)/python -m keywords.learned.fit --texts $(TEXTS) $(ARGS)

tools: dev
	@sh tests/install-tools.sh
	@sh tests/console/accessibility/install.sh
	$(BIN)/python -m tests.integration.software.environment

# a stamp is written last: an installation that was cut off is repeated
$(VENV)/.installed: requirements.lock pyproject.toml $(wildcard keywords/kernel/*.[ch])
	@sh .ci/venv.sh $(PYTHON) $(VENV) requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml $(wildcard keywords/kernel/*.[ch])
	@sh .ci/venv.sh $(PYTHON) $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.installed

# needs uv; the files name no package index
lock:
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-oscar .venv-spirit data/demo build
