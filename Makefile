# Both commands set everything up by themselves: a virtual environment in .venv with pinned packages.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check bench

demo: .venv/installed
	.venv/bin/bitext build configs/demo.yaml

test: check
	.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/installed
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy

bench: .venv/installed
	@ls benchmarks/*.py | sed 's#^#.venv/bin/python #; s#$$# --help#'

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt torch
	$(PIP) install --constraint constraints.txt --editable '.[ray,ann,dev]'
	@touch $@
