# `make demo` and `make test` set up all they need; everything else is a part of them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := demo
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# The checks rebuild the bundles that other targets serve.
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# The oldest versions that pyproject.toml promises.
FLOOR := "streamlit==1.59.*" "msgspec==0.19.*" "redis==5.0.*" "sqlalchemy==2.0.25" "psycopg[binary]==3.2.*"
# Other Pythons to test on, on the PATH or installed by pyenv; those that are not there are left out.
PYTHONS := $(wildcard $(foreach minor,10 12 13 14,\
	/usr/bin/python3.$(minor) /usr/local/bin/python3.$(minor) $(HOME)/.pyenv/versions/3.$(minor).*/bin/python3))
# One worker for each core; a worker that has nothing left takes of another's.
PARALLEL := -n auto --dist worksteal
SUITE := tests/unit tests/app tests/stores examples
# What of that needs no server.
EVERYDAY := tests/unit tests/app tests/stores/test_memory.py tests/stores/test_sqlite.py examples

# Marks of what is there: for the demo, and for everything.
RUNNABLE := $(VENV)/.runnable
INSTALLED := $(VENV)/.installed
BUILDERS := node_modules/.builders
PACKAGES := node_modules/.all
ASSETS := component/streamlit_persistent_state/_assets/iframe/index.html
FRONTEND := $(shell find frontend -path frontend/tests -prune -o -name '*.ts*' -o -name '*.css' -o -name '*.html') package-lock.json

.PHONY: demo test check simulation floor pythons coverage packaging e2e frontend bench screenshots format clean browser servers

demo: $(RUNNABLE) $(ASSETS)
	$(VENV)/bin/streamlit run examples/app.py --server.address localhost --server.headless true --browser.gatherUsageStats false

test: check simulation coverage floor pythons packaging e2e

check: $(INSTALLED) $(PACKAGES)
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/pyright
	PYTHONPATH=component $(VENV)/bin/pyright --pythonpath $(RUN) --ignoreexternal \
		--verifytypes streamlit_persistent_state
	$(VENV)/bin/lint-imports
	$(RUN) -m tests.rooms
	npm run check
	$(RUN) -m pytest -q $(PARALLEL) $(EVERYDAY)

simulation: $(INSTALLED) servers
	$(RUN) -m pytest -q tests/simulation

coverage: $(INSTALLED) $(ASSETS) servers
	$(RUN) -m pytest -q $(PARALLEL) --cov --cov-report=term-missing $(SUITE)

floor: suite-floor

pythons: $(PYTHONS:%=suite-%)

packaging: $(INSTALLED) $(PACKAGES) browser
	$(RUN) -m pytest -q tests/packaging

e2e: $(INSTALLED) $(ASSETS) browser servers
	$(RUN) -m pytest -q tests/e2e
	$(RUN) -m pytest -q tests/faults
	$(RUN) -m pytest -q tests/replicas

frontend: $(PACKAGES)
	npm run check

bench: $(INSTALLED) $(ASSETS) browser servers
	$(RUN) -m benchmarks.run

screenshots: $(INSTALLED) $(ASSETS) browser
	$(RUN) -m docs.screenshots

format: $(INSTALLED) $(PACKAGES)
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format
	npm run format

clean:
	rm -rf .venv .venv-* .coverage .hypothesis .*_cache build dist node_modules \
		component/*.egg-info component/streamlit_persistent_state/_assets

# The unit and AppTest suites in a virtual environment of their own:
# $(call suite,name,folder,python,requirements) makes the target suite-name.
define suite
.PHONY: suite-$(1)
suite-$(1): $(2)/.installed $(ASSETS) servers
	$(2)/bin/python -m pytest -q -p no:cacheprovider $(PARALLEL) $(SUITE)

$(2)/.installed: pyproject.toml setup.py | $(ASSETS)
	$(call environment,$(2),$(3))
	$$(call install,$(2),--group test $(4))
	touch $$@
endef

# $(call environment,folder,python): Debian's Python without python3-venv leaves a folder that has
# no pip, to be made again once that is installed.
define environment
test -x $(1)/bin/pip || $(2) -m venv $(1)
endef

# $(call install,folder,groups and requirements), with a pip that knows dependency groups.
define install
$(1)/bin/python -m pip install -q --upgrade "pip>=25.1"
$(1)/bin/python -m pip install -q $(2) -e .
endef

$(eval $(call suite,floor,.venv-floor,$(PYTHON),$(FLOOR)))
$(foreach python,$(PYTHONS),$(eval $(call suite,$(python),.venv$(subst /,-,$(python)),$(python),streamlit)))

$(RUNNABLE): pyproject.toml setup.py | $(ASSETS)
	$(call environment,$(VENV),$(PYTHON))
	$(RUN) -m pip install -q --disable-pip-version-check -e .
	touch $@

$(INSTALLED): pyproject.toml setup.py $(PACKAGES)
	$(call environment,$(VENV),$(PYTHON))
	$(call install,$(VENV),--group dev)
	touch $(RUNNABLE) $@

# What builds the bundles is a small part of all packages, and enough for the demo.
$(BUILDERS): package.json package-lock.json
	npm ci --no-audit --no-fund $$(test -e $(PACKAGES) || echo --omit=dev)
	touch $@

$(PACKAGES): package.json package-lock.json
	npm ci --no-audit --no-fund
	touch $(BUILDERS) $@

$(ASSETS): $(BUILDERS) $(FRONTEND)
	npm run build

browser: $(INSTALLED)
	.ci/install-chromium $(RUN)

servers:
	.ci/install-servers
