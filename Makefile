# gridlens: `make demo` shows the whole way of the data, `make test` runs every test.
PYTHON ?= $(shell command -v python3.11 || echo python3)
BIN    := .venv/bin
SHELL  := /bin/bash
export AIRFLOW_HOME ?= $(CURDIR)/.demo/airflow

.PHONY: help setup demo opensearch report pictures up sql test nightly lint docs bench lock clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t12

.venv/installed: requirements.txt pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m venv .venv; } || \
		{ echo "this needs Python 3.11 with venv: on Debian, apt-get install python3.11-venv"; exit 1; }
	@echo "installing what requirements.txt pins into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $$(grep -E '^uv==' requirements.txt)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/installed ## install what is needed into .venv

demo: setup ## the main job: 8 simulated days through Airflow; SOURCE=opensearch reads them from there
	@$(BIN)/python -m gridlens_airflow.demo $(SOURCE)

opensearch: setup ## an OpenSearch on this machine, until Ctrl-C; GRIDLENS_OPENSEARCH_PORT chooses its port
	@$(BIN)/gridlens twin serve --folder .demo/opensearch-node --port $${GRIDLENS_OPENSEARCH_PORT:-9200}

sql: setup ## a SQL prompt on the demo's warehouse, read-only
	@init=$$(GRIDLENS_HOME=$${GRIDLENS_HOME:-.demo/data} $(BIN)/gridlens init-file) && $(BIN)/duckdb -init "$$init"

report: setup ## the report of the demo's eight days: .demo/report.html and .demo/report.json
	@GRIDLENS_HOME=$${GRIDLENS_HOME:-.demo/data} $(BIN)/gridlens report --from 2025-04-01 --to 2025-04-09 --output .demo/report.html

pictures: setup ## the pictures of docs/figures.md, drawn anew from the demo's eight days
	@rm -f docs/pictures/*.png
	@GRIDLENS_HOME=$${GRIDLENS_HOME:-.demo/data} $(BIN)/gridlens generator fit
	@GRIDLENS_HOME=$${GRIDLENS_HOME:-.demo/data} $(BIN)/gridlens figures 2025-04-01 2025-04-09 --output docs/pictures

up: setup ## the Airflow UI, with the runs of the demo in it; GRIDLENS_PORT chooses its port
	@$(BIN)/python -m gridlens_airflow.up

test: setup ## lint, types, rooms and all tests
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -q --numprocesses auto --dist worksteal

nightly: setup ## the tests at full size (kills, backfills, shuffles), and all laws on new examples
	@$(BIN)/pytest -q -m "slow or hypothesis" --hypothesis-profile default --numprocesses auto --dist worksteal

lint: setup ## ruff, mypy, import-linter, generated docs
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python docs/generate.py --check

docs: setup ## write the pages that are made from the code
	@$(BIN)/python docs/generate.py

bench: setup ## the figures of docs/benchmarks.md, made anew in .bench
	@$(BIN)/python benchmarks/run_day.py .bench/day
	@$(BIN)/python benchmarks/marts.py .bench/marts
	@$(BIN)/python benchmarks/backfill.py .bench/backfill
	@$(BIN)/python benchmarks/backfill.py .bench/backfill-postgres --metadata postgres
	@$(BIN)/python benchmarks/quality.py .bench/quality
	@$(BIN)/python benchmarks/matching/make.py .bench/matching
	@$(BIN)/python benchmarks/matching/run.py .bench/matching
	@$(BIN)/python benchmarks/opensearch/run.py .bench/opensearch
	@$(BIN)/python benchmarks/opensearch/day.py .bench/opensearch-day
	@$(BIN)/python benchmarks/generator/arrivals.py
	@$(BIN)/python benchmarks/generator/tree_cost.py --rows 10000 100000
	@$(BIN)/python benchmarks/generator/engines.py --made 20000 --engine smote smote_paper tree copula independent bootstrap
	@$(BIN)/python benchmarks/generator/beside_sdv.py .bench --made 20000

lock: ## renew requirements.txt from pyproject.toml
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --all-extras --no-header --no-annotate pyproject.toml -o requirements.txt

clean: ## remove the demo and the caches; the installed .venv stays
	rm -rf .demo .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
