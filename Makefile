# Needs GNU make 3.81 or later, a plain sh, and a Python >= 3.11; the rest is installed into .venv when it is needed.
#   make test PYTHON=/path/to/python3.12     chooses the Python that .venv is made with
#   make test ARGS="-k uptake -x"            passes on options of pytest
#   make test JOBS=1                         runs in one process

VENV := .venv
RUN := $(VENV)/bin/python
READY_TO_RUN := $(VENV)/ready-to-run
READY_TO_DEVELOP := $(VENV)/ready-to-develop
DEFINITION := pyproject.toml setup.py setup.cfg
JOBS ?= auto
PYTEST := $(RUN) -m pytest -n $(JOBS) --maxprocesses 8

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint types format clean distclean
.NOTPARALLEL:

help:
	@echo "make demo        simulate and fit a small example; writes to out/"
	@echo "make test        the fast tests"
	@echo "make test-slow   the slow tests"
	@echo "make lint        check style and format"
	@echo "make types       check types"
	@echo "make format      put the code into the house format"
	@echo "make clean       remove out/, caches and what builds leave behind"
	@echo "make distclean   the same, and .venv"

demo: $(READY_TO_RUN)
	$(RUN) scripts/demo.py

test: $(READY_TO_DEVELOP)
	$(PYTEST) --dist worksteal $(ARGS)

# loadgroup: tests that share an expensive fixture stay in one process.
test-slow: $(READY_TO_DEVELOP)
	$(PYTEST) --dist loadgroup -m slow $(ARGS)

lint: $(READY_TO_DEVELOP)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(READY_TO_DEVELOP)
	$(RUN) -m mypy

format: $(READY_TO_DEVELOP)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:
	rm -rf out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)

# What has all tools also has what the demo needs, so the second stamp is set with the first.
$(READY_TO_DEVELOP): $(RUN) $(DEFINITION)
	@echo "Installing exokinetics and its tools into $(VENV); the first time takes a minute or two."
	@$(call install,.[all$(comma)dev])
	@touch $(READY_TO_RUN) $(READY_TO_DEVELOP)

$(READY_TO_RUN): $(RUN) $(DEFINITION)
	@echo "Installing exokinetics into $(VENV); the first time takes a minute."
	@$(call install,.[sbml])
	@touch $(READY_TO_RUN)

comma := ,
install = $(RUN) -c "import pip" 2>/dev/null || $(RUN) -m ensurepip >/dev/null 2>&1 \
	|| { echo "$(VENV) has no pip: remove it (rm -rf $(VENV)) and try again." >&2; exit 1; }; \
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable "$(1)"

# A .venv whose Python has gone (a dangling link) is made anew. One that could not be finished is not left behind.
$(RUN):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 ""; do \
		test -z "$$python" && break; \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	done; \
	if test -z "$$python"; then \
		echo "exokinetics needs Python 3.11 or later, and none was found: install one, or say make PYTHON=/path/to/python3." >&2; \
		exit 1; \
	fi; \
	trap 'rm -rf $(VENV); exit 1' HUP INT TERM; \
	rm -rf $(VENV); \
	if ! said=$$("$$python" -m venv $(VENV) 2>&1); then \
		rm -rf $(VENV); \
		case "$$said" in \
			*ensurepip*|*"No module named venv"*|*"No module named 'venv'"*) \
				version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
				echo "$$python cannot make a virtual environment: install its venv module (on Debian or Ubuntu: sudo apt install python$$version-venv), then try again." >&2;; \
			*) \
				echo "$$python could not make $(VENV): $$said" >&2;; \
		esac; \
		exit 1; \
	fi
