# Everything from a clone, Python 3.11 or newer and make. No target needs
# another to have run before it.
PYTHON ?= python3
PORT ?= 8000
PIP := .venv/bin/python -m pip --disable-pip-version-check install --quiet \
	--require-hashes --only-binary :all:
MANAGE := .venv/bin/python manage.py
DEV := .venv/dev-installed

.PHONY: env run test lint bench soak lock

env: $(DEV)

.venv/installed: requirements.lock
	$(PYTHON) -m venv .venv
	$(PIP) --requirement requirements.lock
	@touch $@

$(DEV): .venv/installed requirements-dev.lock
	$(PIP) --requirement requirements-dev.lock
	@touch $@

.env:
	@umask 077; printf 'DJANGO_DEBUG=1\nDJANGO_SECRET_KEY=%s\n' \
		"$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" > $@

run: .venv/installed .env
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) prepare_trial
	$(MANAGE) runserver 127.0.0.1:$(PORT)

# Everything on PostgreSQL, then on SQLite what differs between the two.
test: $(DEV)
	DJANGO_DEBUG=1 .venv/bin/python tests/with_postgres.py \
		.venv/bin/python -m pytest --numprocesses 2
	DATABASE_URL= DJANGO_DEBUG=1 .venv/bin/python -m pytest --numprocesses 2 -m both

# The last line checks the settings as they are in production.
lint: $(DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --quiet --check --lint templates
	DJANGO_DEBUG=1 $(MANAGE) makemigrations --check --dry-run
	DJANGO_DEBUG=0 DJANGO_SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		DJANGO_ALLOWED_HOSTS=proseminar.example.org \
		$(MANAGE) check --deploy --fail-level WARNING

bench: $(DEV)
	DJANGO_DEBUG=1 .venv/bin/python -m tests.bench
	DJANGO_DEBUG=1 .venv/bin/python tests/with_postgres.py \
		.venv/bin/python -m tests.bench_api

# Thousands of examples instead of dozens, one process for one line of figures.
soak: $(DEV)
	DJANGO_DEBUG=1 HYPOTHESIS_PROFILE=soak .venv/bin/python -m pytest \
		--numprocesses 2 -k "property or hostile"
	DJANGO_DEBUG=1 .venv/bin/python -m tests.soak_admin
	DJANGO_DEBUG=1 .venv/bin/python -m tests.soak_papers
	DJANGO_DEBUG=1 .venv/bin/python -m tests.soak_api
	DJANGO_DEBUG=1 .venv/bin/python tests/with_postgres.py .venv/bin/python -m tests.soak_hand_in

# Needs uv; run after changing dependencies in pyproject.toml.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-header \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-header \
		pyproject.toml --extra dev --output-file requirements-dev.lock
