# Two commands: `make demo` shows what the toolkit does on real text, `make test` runs every check.
# `make check` is the quick half of it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-avx2 test-avx512 test-browser check check-code kernels docs install clean

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

demo: .venv/.installed
	$(BIN)/python examples/demo.py

# Threads of libraries that wait for work must not take the other worker's core.
PYTEST := OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -q -n 2 --dist worksteal
FAST_TESTS := tests/nlp_toolkit/artefact tests/nlp_toolkit/corpus tests/nlp_toolkit/kernels tests/nlp_toolkit/metrics \
	tests/nlp_toolkit/search tests/nlp_toolkit/text tests/nlp_toolkit/vectorizers tests/nlp_toolkit/word_vectors \
	tests/nlp_toolkit/test_*.py
BOTH := $(MAKE) --no-print-directory -j 2 --output-sync=target

check: .venv/.installed
	@$(BOTH) check-code kernels
	$(PYTEST) -m "not slow and not browser" $(FAST_TESTS)

test: .venv/.installed
	@$(BOTH) check-code kernels
	$(PYTEST) --durations=10

check-code: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Compiled once here, or both workers of pytest would compile them at the same time.
kernels: .venv/.installed
	@$(BIN)/python -P tests/compile_kernels.py  # -P: tests/nlp_toolkit is not the package

# Everything as on a processor with less than this one: what the toolkit chooses (NLP_TOOLKIT_CPU), torch with oneDNN and
# MKL, OpenBLAS, numba, numpy, faiss and Kiwi. On a processor that has no more than that it changes nothing.
test-avx2: export NLP_TOOLKIT_CPU = avx2
test-avx2: export ONEDNN_MAX_CPU_ISA = AVX2
test-avx2: export ATEN_CPU_CAPABILITY = avx2
test-avx2: export MKL_ENABLE_INSTRUCTIONS = AVX2
test-avx2: export OPENBLAS_CORETYPE = Haswell
test-avx2: export NUMBA_CPU_NAME = haswell
test-avx2: export NPY_DISABLE_CPU_FEATURES = X86_V4 AVX512_ICL AVX512_SPR
test-avx2: export FAISS_SIMD_LEVEL = AVX2
test-avx2: export KIWI_ARCH_TYPE = avx2
test-avx512: export NLP_TOOLKIT_CPU = avx512
test-avx512: export ONEDNN_MAX_CPU_ISA = AVX512_CORE
test-avx512: export MKL_ENABLE_INSTRUCTIONS = AVX512
test-avx512: export OPENBLAS_CORETYPE = SkylakeX
test-avx512: export NUMBA_CPU_NAME = skylake-avx512
test-avx512: export NPY_DISABLE_CPU_FEATURES = AVX512_ICL AVX512_SPR
test-avx512: export FAISS_SIMD_LEVEL = AVX512
test-avx512: export KIWI_ARCH_TYPE = avx512bw
# Without this numba adds to the name every feature that the machine has.
test-avx2 test-avx512: export NUMBA_CPU_FEATURES =
test-avx2 test-avx512: test

# The API reference, from the docstrings, into out/docs/index.html.
docs: .venv/.installed
	$(BIN)/python docs/reference.py out/docs

# Reports in a real browser; the screenshots are in out/browser/.
test-browser: .venv/.installed
	@command -v chromium >/dev/null || { echo "chromium is not installed; as root: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji"; exit 1; }
	$(BIN)/python -m pytest -q -m browser tests/browser

clean:
	rm -rf .venv out build *.egg-info
