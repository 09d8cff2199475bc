# The two commands of the README: make demo, make test. The rest is for those who carry the code on.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Neighbours stay in one process, with the browsers and stages that they share. Compiled once, for all the processes
# that the tests start, even where Python is told to keep no bytecode.
TESTS  := $(BIN)/python -m compileall -q optiviz && $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: demo test check gallery docs bless clean

demo: $(VENV)/installed
	$(BIN)/optiviz render momentum -o outputs/momentum.gif

test: $(VENV)/tools
	$(TESTS)

check: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(TESTS)

# Every shipped scene on one page, outputs/gallery/index.html; draws only what changed.
gallery: $(VENV)/installed
	$(BIN)/optiviz gallery

# The documentation as a site, docs/_build/html; needs no network once its tools are there.
docs: $(VENV)/docs-tools
	$(BIN)/python docs/build.py

# Writes the golden trajectories of tests/golden anew; look at the difference before you commit it.
bless: $(VENV)/installed
	for file in tests/golden/*.json; do \
		$(BIN)/optiviz record $$(basename $$file .json) -o $$file; done

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis $(VENV)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python setup.cfg setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/docs-tools: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e ".[docs]"
	touch $@

# pip compiles every file of a package on one core, half of its time; here without what no test asks for.
$(VENV)/tools: $(VENV)/bin/python setup.cfg setup.py pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile -e ".[test]"
	-$(BIN)/python -m pip install --quiet --no-deps "axe-playwright-python>=0.1.8"  # axe.min.js; its tests skip without
	-$(BIN)/python -m compileall -q -j 0 -x '/(tests?|pip|jedi|mypy|lexers|physics)/' $(VENV)/lib
	touch $(VENV)/installed $@
