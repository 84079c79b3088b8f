# Everything from a clone, Python 3.11+ and make: no target needs another run before it.
PYTHON ?= python3
PORT ?= 8000
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all:

.PHONY: env run test lint bench soak

env: .venv/dev-installed

.venv/installed: requirements.lock
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.lock
	@touch $@

.venv/dev-installed: .venv/installed requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $@
