# Everything sets itself up: a fresh machine needs only Python 3.11 or later and make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: help demo demos golden promises bench test faults fleet lint types docs check instances function release lock clean

help: ## Show this.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## Diagnose the examples that are shipped in the package; needs no AWS.
	$(BIN)/fsnap-diagnose demo

test: $(VENV)/.development ## Run the tests.
	$(BIN)/python -m pytest

faults: $(VENV)/.development ## Fail every call of every scenario in every way; takes minutes.
	$(BIN)/python -m pytest -m faults tests/faults

fleet: $(VENV)/.development ## Report over 50,000 simulated jobs, watch two simulated days, and a storm of events; takes minutes.
	$(BIN)/python -m pytest -m fleet -n 0 tests/e2e/test_fleet_large.py tests/e2e/test_lives_large.py

lint: $(VENV)/.development ## Check style and formatting.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.development ## Check types, strictly.
	$(BIN)/mypy

golden: $(VENV)/.development ## Write the answers to all fixtures again; look at the diff.
	$(BIN)/python -m tests.golden.answers

promises: $(VENV)/.development ## Keep what this version promises, schemas and names: a step of a release.
	$(BIN)/python -m tests.released.promises

# words for the benchmarks: make bench BENCH="--full scan"
BENCH ?=

bench: $(VENV)/.development ## Run all benchmarks, within 30 minutes on two cores.
	$(BIN)/python -m benchmarks $(BENCH)

docs: $(VENV)/.development ## Write the generated pages and the compiled catalogue again.
	$(BIN)/python -m analyzer.classifier.catalogue_compiled
	$(BIN)/python -m analyzer.reporters.docs docs/rules

check: lint types test ## All of the above, as CI does.
	$(BIN)/python -m analyzer.reporters.docs docs/rules --check

# name in the demo = scenario in fixtures/
DEMOS = 1-dump-outran-its-window=window-exceeded 2-dump-failed=dump-tcp-connection 3-survived-a-reclaim=survived-reclaim \
	4-task-failed-by-itself=tool-java-heap

demos: $(VENV)/.runtime ## Write the demo's captures again, from their scenarios.
	rm -f analyzer/data/demo/*.zip
	@set -e; for pair in $(DEMOS); do \
		$(BIN)/fsnap-diagnose capture fixtures/scenarios/$${pair#*=}/capture -o analyzer/data/demo/$${pair%%=*}.zip; done

# moto's file has no date of its own: these are its version, and the day on which that was uploaded to PyPI
MOTO_RELEASED = 5.2.5 2026-10-27

instances: $(VENV)/.development ## Write the shipped instance types again, from what moto has of EC2's answers.
	$(BIN)/fsnap-diagnose instances -o analyzer/data/instance-types.json --date $(word 2,$(MOTO_RELEASED)) \
		--source "EC2 DescribeInstanceTypes, as recorded in moto $(word 1,$(MOTO_RELEASED)) (moto/ec2/resources/instance_types.json.gz); the date is that of moto's release" \
		--from $$($(BIN)/python -c 'from importlib.resources import files as f; print(f("moto") / "ec2/resources/instance_types.json.gz")')

# what is for Linux on arm64 can be put together anywhere: all of it is plain Python
function: ## Put the Lambda function together in deploy/function; deploy/README.md says how to deploy it.
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	rm -rf deploy/function
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --only-binary=:all: \
		--platform manylinux2014_aarch64 --python-version 3.13 --target deploy/function -r deploy/requirements.lock
	cp -R analyzer deploy/function/
	rm -rf deploy/function/bin deploy/function/analyzer/data/demo
	find deploy/function -name __pycache__ -type d -prune -exec rm -rf {} +
	@# Lambda cannot keep what it compiles; the time stamps of the sources do not survive the way there
	@if command -v python3.13 >/dev/null && python3.13 -c pass 2>/dev/null; then \
		python3.13 -m compileall -q --invalidation-mode unchecked-hash deploy/function; \
	else echo "there is no python3.13 to compile it with: it works, and its first start takes some seconds longer"; fi

release: $(VENV)/.development ## Make wheel, sdist and SBOM in dist, each checked.
	VENV=$(VENV) .ci/release dist

lock: ## Pin the dependencies again (needs uv).
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build \
		--output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group test --resolution lowest-direct \
		--output-file requirements-oldest.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group pyproject.toml:release \
		--output-file requirements-release.lock
	uv pip compile --quiet --python-version 3.13 --python-platform aarch64-unknown-linux-gnu --generate-hashes --no-header --no-annotate \
		--constraint requirements.lock --output-file deploy/requirements.lock deploy/requirements.txt

clean: ## Remove what the other targets made.
	rm -rf $(VENV) deploy/function dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
