"""The processor's level: read off its flags, lowered by the environment and never raised."""

import logging

import pytest

from nlp_toolkit import processor
from nlp_toolkit.errors import UsageError
from nlp_toolkit.processor import LEVELS, VARIABLE, Level, describe_processor, level_of, processor_level

ZEN_3 = "fpu sse sse2 ssse3 fma sse4_1 sse4_2 avx f16c avx2 bmi1 bmi2 vaes vpclmulqdq"
SKYLAKE = f"{ZEN_3} avx512f avx512dq avx512cd avx512bw avx512vl"
MACHINES: dict[str, Level] = {
    "fpu sse sse2 avx": "baseline",
    "fp asimd bf16": "baseline",  # ARM
    ZEN_3: "avx2",
    f"{ZEN_3} avx512f avx512cd": "avx2",  # Knights Landing: no 8- and 16-bit lanes
    SKYLAKE: "avx512",
    f"{SKYLAKE} avx512_vnni": "avx512",
    f"{SKYLAKE} avx512_bf16": "avx512_bf16",
    f"{SKYLAKE} amx_tile amx_bf16": "avx512_bf16",
}


@pytest.fixture(params=MACHINES)
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Level:
    """The level of a machine with these flags, which is the one at work."""
    described = {"model name": "Some processor", "flags": request.param}
    monkeypatch.setattr(processor, "_described", lambda: described)
    processor._warn_if_above.cache_clear()
    return MACHINES[request.param]


@pytest.mark.parametrize(("flags", "level"), MACHINES.items())
def test_level_is_read_off_the_flags(flags: str, level: Level) -> None:
    assert level_of(flags.split()) == level


@pytest.mark.parametrize("wanted", ["", *LEVELS])
def test_environment_lowers_and_never_raises(
    own: Level, wanted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, wanted)
    above = wanted in LEVELS[LEVELS.index(own) + 1 :]
    with caplog.at_level(logging.WARNING, "nlp_toolkit"):
        assert [processor_level(), processor_level()] == [own if above or not wanted else wanted] * 2
    assert caplog.text.count("it can only lower it") == above  # once, however often it is asked


@pytest.mark.parametrize("word", ["AVX2", "avx1024", "no"])
def test_unknown_level_names_the_known(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, word)
    with pytest.raises(UsageError, match=f"{VARIABLE}='{word}' is not a level; set it to one of baseline, avx2, "):
        processor_level()


def test_description_names_processor_level_and_cores(own: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(processor, "_usable_cores", lambda: 2)
    assert describe_processor() == f"Some processor, {own}, 2 cores"


def test_description_needs_no_list_of_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "_described", dict)
    assert ", baseline, " in describe_processor()
