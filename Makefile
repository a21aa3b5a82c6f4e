# Needs Python 3.11 or later, make and git, nothing else. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
DBT := $(VENV)/bin/dbt
STAMP := $(VENV)/.installed

# The warehouse of `make build`, and another for the tests, so that neither disturbs the other.
export LLM_COSTS_WAREHOUSE ?= warehouse/llm_costs.duckdb
TEST_WAREHOUSE := target/test/llm_costs.duckdb

# Nothing here calls home.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

SQL := models analyses tests/data
CODE := scripts macros/engine tests/python tests/sql_lint

# A target is listed by its comment, `target: ## task: text`, under its task; without one of these, under maintain.
TASKS := build look test maintain

.PHONY: help
help: ## look: Show this list
	@awk -v tasks="$(TASKS)" ' \
		BEGIN { count = split(tasks, task, " ") } \
		/^[a-z-]+:.*## / { \
			target = substr($$0, 1, index($$0, ":") - 1); text = substr($$0, index($$0, "## ") + 3); of = task[count]; \
			for (i = 1; i <= count; i++) if (index(text, task[i] ": ") == 1) { of = task[i]; text = substr(text, length(of) + 3) } \
			lines[of] = lines[of] sprintf("  make %-12s %s\n", target, text) \
		} \
		END { for (i = 1; i <= count; i++) printf "%s%s:\n%s", (i > 1 ? "\n" : ""), task[i], lines[task[i]] }' $(MAKEFILE_LIST)

.PHONY: build
# SELECTOR names a selector of selectors.yml; without one every model is built and every data test run.
build: $(STAMP) ## build: Build the warehouse (demo seeds, or the folder LLM_COSTS_LANDING) and show the headline
	@$(PY) scripts/look_first.py
	@# Unit tests check the code, not the data: they belong to `make test`, and would be a third of a daily build.
	$(DBT) build --profiles-dir . $(if $(SELECTOR),--selector $(SELECTOR)) --exclude-resource-type unit_test
	$(PY) scripts/summary.py

# What make is given on its command line is in the environment of a recipe: no text of it is read by the shell.
.PHONY: review
review: $(STAMP) ## look: Write the weekly review, one page (WEEK=2026-09-21 TENANT=id CURRENCY=EUR; default: the last complete week)
	@$(PY) scripts/review.py $(if $(WEEK),--week="$$WEEK") $(if $(TENANT),--tenant="$$TENANT") \
		$(if $(CURRENCY),--currency="$$CURRENCY")

.PHONY: ask
ask: $(STAMP) ## look: Answer a ready question of finance, support or engineering; without Q, list them (Q=name)
	@$(PY) scripts/ask.py $(if $(Q),"$$Q")

# WEEK names any day of a week (without it, the last complete one), OUT a folder.
.PHONY: export
export: $(STAMP) ## look: Write the weekly export for support and finance: CSV, Parquet, Excel (WEEK=date OUT=folder)
	@$(PY) scripts/export.py $(if $(WEEK),--week "$$WEEK") $(if $(OUT),--out "$$OUT")

# LLM_COSTS_PUBLISH_POSTGRES, a connection string, adds a schema in PostgreSQL (docs/publish.md).
.PHONY: publish
publish: $(STAMP) ## look: Check the marts and publish them for readers (PUBLISH_TO=folder TENANT=id)
	@$(PY) scripts/publish.py $(if $(PUBLISH_TO),--to "$$PUBLISH_TO") $(if $(TENANT),--tenant "$$TENANT")

# LLM_COSTS_ALERTS_WEBHOOKS names who is told, LLM_COSTS_ALERTS_QUIET when not to (docs/alerts.md).
.PHONY: alerts
alerts: $(STAMP) ## look: Announce new alerts, once each: JSON lines, webhooks (SINCE=date DRY_RUN=1 RETRY_REFUSED=1)
	@$(PY) scripts/alerts.py $(if $(SINCE),--since="$$SINCE") $(if $(DRY_RUN),--dry-run) \
		$(if $(RETRY_REFUSED),--retry-refused)

.PHONY: check
check: $(STAMP) ## look: Hold what arrived and what is to be published against the weeks before; reports/expectations
	$(PY) scripts/check_borders.py

.PHONY: explorer
explorer: $(STAMP) ## look: Write the explorer, a page that slices the marts from disk: reports/explorer.html
	$(PY) scripts/explorer.py

.PHONY: docs
docs: $(STAMP) ## look: Write dbt's documentation of the built warehouse as one page: reports/docs/index.html
	$(DBT) docs generate --static --profiles-dir . --target-path target/docs
	@mkdir -p reports/docs
	@cp target/docs/static_index.html reports/docs/index.html
	@echo "Documentation: $$(pwd)/reports/docs/index.html"

.PHONY: test
test: $(STAMP) ## test: Everything that CI runs: dbt tests, linters, types, pytest
	@mkdir -p target
	@# dbt and pytest leave a core idle, and the linters take minutes of one.
	@$(MAKE) lint > target/lint.txt 2>&1 & linters=$$!; \
	failed=0; \
	{ $(MAKE) test-dbt && BUILT_DEMO="$$(pwd)/$(TEST_WAREHOUSE)" $(MAKE) test-python; } || failed=1; \
	wait $$linters || failed=1; \
	cat target/lint.txt; \
	exit $$failed
	@echo "make test: all steps passed"

# From nothing, from the demo seeds, whatever the caller's environment says.
.PHONY: test-dbt
test-dbt: $(STAMP)
	@echo "== dbt build (seeds, models, data tests, unit tests)"
	@rm -rf "$(dir $(TEST_WAREHOUSE))"
	@env -u LLM_COSTS_LANDING LLM_COSTS_WAREHOUSE=$(TEST_WAREHOUSE) $(PY) scripts/look_first.py
	env -u LLM_COSTS_LANDING LLM_COSTS_WAREHOUSE=$(TEST_WAREHOUSE) \
		$(DBT) build --profiles-dir .

.PHONY: lint
lint: $(STAMP) ## test: sqlfluff, ruff (rules and format), mypy
	@echo "== sqlfluff"
	$(VENV)/bin/sqlfluff lint --disable-progress-bar $(wildcard $(SQL))
	@echo "== ruff"
	$(VENV)/bin/ruff check $(wildcard $(CODE))
	$(VENV)/bin/ruff format --check $(wildcard $(CODE))
	@echo "== mypy"
	$(VENV)/bin/mypy

.PHONY: test-python
test-python: $(STAMP)
	@echo "== pytest"
	env -u LLM_COSTS_LANDING LLM_COSTS_WAREHOUSE=$(TEST_WAREHOUSE) $(VENV)/bin/pytest --numprocesses auto --dist worksteal

.PHONY: browser
browser: ## maintain: Install the browser that the review is tested in: Debian's chromium (needs root)
	@if [ -x /usr/bin/chromium ]; then echo "/usr/bin/chromium is there"; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	else \
		echo "Chromium is missing, and only root can install it: the tests that need it will be skipped." >&2; exit 1; \
	fi

.PHONY: test-long
test-long: $(STAMP) ## test: The tests marked `long`: scale and soak, minutes each
	env -u LLM_COSTS_LANDING LLM_COSTS_WAREHOUSE=$(TEST_WAREHOUSE) $(VENV)/bin/pytest -m long

# Spark goes into the same environment; pyspark alone is half a gigabyte, so only this and `make bench` install it.
SPARK_STAMP := $(VENV)/.installed-spark
$(SPARK_STAMP): $(STAMP) requirements-spark.txt
	@java -version >/dev/null 2>&1 || { echo "Spark needs Java 17 or later on the PATH." >&2; exit 1; }
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt
	@touch $(SPARK_STAMP)

.PHONY: test-spark
test-spark: $(SPARK_STAMP) ## test: Build and test the demo on Spark, and compare it with DuckDB (ten minutes; needs Java)
	@# Every build on Spark is a whole one: what a run of a part does is not tested there.
	env -u LLM_COSTS_LANDING LLM_COSTS_SPARK_WAREHOUSE=target/test/spark $(PY) scripts/spark_build.py build \
		--exclude tag:of_a_part
	env -u LLM_COSTS_LANDING $(VENV)/bin/pytest -m spark

.PHONY: format
format: $(STAMP) ## maintain: Let ruff and sqlfluff rewrite what they can
	$(VENV)/bin/ruff check --fix $(wildcard $(CODE))
	$(VENV)/bin/ruff format $(wildcard $(CODE))
	$(VENV)/bin/sqlfluff fix --disable-progress-bar $(wildcard $(SQL))

# EVALUATOR and DBT_UTILS name folders with copies of the dbt packages dbt_project_evaluator and dbt_utils (docs/evaluator.md).
.PHONY: evaluate
evaluate: $(STAMP) ## test: Check the project's structure with dbt_project_evaluator (EVALUATOR=folder DBT_UTILS=folder)
	@[ -n "$(EVALUATOR)" ] && [ -n "$(DBT_UTILS)" ] || { \
		echo "Name both packages: make evaluate EVALUATOR=<folder> DBT_UTILS=<folder> (docs/evaluator.md)" >&2; exit 2; }
	$(PY) scripts/evaluate_project.py "$(EVALUATOR)" "$(DBT_UTILS)"

.PHONY: demo-data
demo-data: $(STAMP) ## maintain: Write the demo company's raw seeds again (same seed, same bytes)
	$(PY) scripts/generate_demo.py

.PHONY: prices
prices: $(STAMP) ## maintain: Bring seeds/reference/model_prices.csv up to date from genai-prices (offline)
	$(PY) scripts/refresh_prices.py

# The whole resolution, for every supported Python at once. uv comes into an environment of its own and is used for nothing else.
.PHONY: lock
lock: $(STAMP) ## maintain: Resolve pyproject.toml into requirements.txt again
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet 'uv>=0.13,<0.14'
	@printf '%s\n' \
		'# Everything that the project needs, its tests and linters too, with hashes: one resolution for Python 3.11 and later.' \
		'# Written by `make lock` from pyproject.toml; do not edit by hand.' > requirements.new.txt
	$(VENV)/lock/bin/uv pip compile pyproject.toml --quiet --extra dev --universal --fork-strategy fewest \
		--python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		--annotation-style line >> requirements.new.txt
	mv requirements.new.txt requirements.txt
	@printf '%s\n' \
		'# What the project needs on Spark, with hashes, in the versions of requirements.txt.' \
		'# Written by `make lock` from pyproject.toml; do not edit by hand.' > requirements.new.txt
	$(VENV)/lock/bin/uv pip compile pyproject.toml --quiet --extra spark --constraint requirements.txt --universal \
		--fork-strategy fewest --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		--annotation-style line >> requirements.new.txt
	mv requirements.new.txt requirements-spark.txt

# What only `make bench` needs; its other versions are those of requirements.txt.
BENCH_LIBRARIES := polars==2.1.0 pyspark==4.3.0

.PHONY: lock-bench
lock-bench: $(STAMP) ## maintain: Resolve the libraries of `make bench` into requirements-bench.txt again
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet 'uv>=0.13,<0.14'
	@printf '%s\n' \
		'# What `make bench` installs on top of requirements.txt, with hashes.' \
		'# Written by `make lock-bench`; do not edit by hand.' > requirements-bench.new.txt
	printf '%s\n' $(BENCH_LIBRARIES) | $(VENV)/lock/bin/uv pip compile - --quiet --universal \
		--fork-strategy fewest --python-version 3.11 --constraint requirements.txt --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-header --annotation-style line >> requirements-bench.new.txt
	mv requirements-bench.new.txt requirements-bench.txt

BENCH_STAMP := $(VENV)/.installed-bench
$(BENCH_STAMP): $(STAMP) requirements-bench.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $(BENCH_STAMP)

# MetricFlow pins what dbt's tools here do not, so it has an environment of its own, in which nothing else runs. numpy: DuckDB calls the
# functions of macros/engine by it.
METRIC_LIBRARIES := dbt-metricflow[dbt-duckdb]==0.15.0 dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==2.0.0 numpy==2.4.6
METRICS := $(VENV)/metrics

.PHONY: lock-metrics
lock-metrics: $(STAMP) ## maintain: Resolve MetricFlow, for `make test-metrics`, into requirements-metrics.txt again
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet 'uv>=0.13,<0.14'
	@printf '%s\n' \
		'# What `make test-metrics` installs into an environment of its own, with hashes.' \
		'# Written by `make lock-metrics`; do not edit by hand.' > requirements-metrics.new.txt
	printf '%s\n' $(METRIC_LIBRARIES) | $(VENV)/lock/bin/uv pip compile - --quiet --universal \
		--fork-strategy fewest --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-header --annotation-style line >> requirements-metrics.new.txt
	mv requirements-metrics.new.txt requirements-metrics.txt

METRICS_STAMP := $(METRICS)/.installed
$(METRICS_STAMP): $(STAMP) requirements-metrics.txt
	@$(PYTHON) -m venv $(METRICS)
	@$(METRICS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-metrics.txt
	@touch $(METRICS_STAMP)

.PHONY: test-metrics
test-metrics: $(METRICS_STAMP) ## test: Ask MetricFlow for every metric, and compare it with its mart (five minutes)
	env -u LLM_COSTS_LANDING METRICFLOW="$(abspath $(METRICS)/bin/mf)" $(VENV)/bin/pytest -m metrics

ROWS ?= 1000000 10000000
RUNS ?= 1

.PHONY: bench
bench: $(BENCH_STAMP) ## test: Measure this project against hand-written SQL, Polars, pandas and PySpark
	$(PY) scripts/benchmark.py --rows $(ROWS) --runs $(RUNS)

.PHONY: bench-daily
bench-daily: $(BENCH_STAMP) ## test: Measure what one more day costs on histories of ROWS attempts
	$(PY) scripts/benchmark.py --daily --rows $(ROWS)

# Installed once, and again when requirements.txt changes. Modules are compiled here, on all cores, because pip does it on
# one and dbt without it takes twice as long to start.
$(STAMP): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "This project needs Python 3.11 or later, and '$(PYTHON)' is" \
			"$$($(PYTHON) --version 2>&1 || true). Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@echo "== Python environment in $(VENV) (about half a minute, once)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
	@$(PY) -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
	@touch $(STAMP)

.PHONY: clean
clean: ## maintain: Remove the environment, the warehouse and everything else that was built
	rm -rf $(VENV) target logs dbt_packages .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@# What was announced was not built, and cannot be: without it alerts would be announced again.
	find warehouse -mindepth 1 -maxdepth 1 ! -name .gitkeep ! -name 'alerts_announced.sqlite*' -exec rm -rf {} +
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
