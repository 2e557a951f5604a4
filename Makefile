# Two commands: `make demo` shows what the toolkit does on real text, `make test` runs every check.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-browser lint docs install clean

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: .venv/.installed
	$(BIN)/python examples/demo.py

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

# The API reference, from the docstrings, into out/docs/index.html.
docs: .venv/.installed
	$(BIN)/python docs/reference.py out/docs

# Reports in a real browser; the screenshots are in out/browser/.
test-browser: .venv/.installed
	@command -v chromium >/dev/null || { echo "chromium is not installed; as root: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji"; exit 1; }
	$(BIN)/python -m pytest -q -m browser tests/browser

clean:
	rm -rf .venv out build *.egg-info
