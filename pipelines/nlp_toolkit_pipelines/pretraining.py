"""Pretraining: an encoder made from texts, or a checkpoint trained further on them, saved as a BERT stage."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlp_toolkit import Corpus, iter_corpus
from nlp_toolkit.corpus.whole_file import check_place, whole_draft
from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.extras import require
from nlp_toolkit.output_place import beside
from nlp_toolkit.settings import settings_of
from nlp_toolkit.text.normalize import normalize
from nlp_toolkit.text.visible import visible
from nlp_toolkit.threads import limit
from nlp_toolkit.transformer.settings import MlmSettings
from nlp_toolkit.validation import spool
from nlp_toolkit_pipelines.overrides import Overrides, as_mapping

if TYPE_CHECKING:
    from nlp_toolkit.transformer.mlm import MlmResult
    from nlp_toolkit.transformer.pooling import PoolingName

OnStep = Callable[[int, int], None]

_RUN = "run.json"


@dataclass(frozen=True)
class PretrainResult:
    """What masked-language modelling did, where the stage is, and how long it took.

    `output` is None in all processes of torchrun but the first.
    """

    model: str
    mlm: "MlmResult"
    settings: MlmSettings
    texts: int
    output: Path | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """`{"model", "texts", "settings", "perplexity_before", ..., "losses", "output", "seconds"}`."""
        return {
            "model": self.model,
            "texts": self.texts,
            "settings": asdict(self.settings),
            **self.mlm.to_json(),
            "output": None if self.output is None else str(self.output),
            "seconds": round(self.seconds, 3),
        }


def workspace_of(output: str | Path) -> Path:
    """The folder beside `output` that keeps the checkpoints of a training that goes on."""
    return beside(Path(output), ".training")


def pretrain(
    model: str | Path,
    source: Corpus | str | Path | Iterable[Corpus],
    output: str | Path,
    *,
    settings: MlmSettings | Mapping[str, Any] | None = None,
    overrides: Overrides = (),
    pooling: "PoolingName" = "mean",
    resume: bool = False,
    overwrite: bool = False,
    seed: int = 0,
    device: str = "auto",
    plot: str | Path | None = None,
    n_jobs: int | None = -1,
    on_step: OnStep = lambda step, steps: None,
    clock: Callable[[], float] = time.perf_counter,
) -> PretrainResult:
    """Train `model` by masked-language modelling on the texts of `source`, and save it as a stage in `output`.

    `model` is a folder, a model directory, a Hugging Face name, or "scratch-mini" and the other named sizes. `source`
    is a corpus, a path, or blocks of one, read once. The stage pools by `pooling` until told otherwise. Checkpoints
    are kept in `workspace_of(output)` until the stage is saved: a training that was interrupted is there, and goes on
    with `resume`, given the same model, texts, settings and seed (what differs is named, and refused). The loss curve
    is in metrics.json of the output, and drawn to `plot` (extra report). Under torchrun every process calls this.
    """
    from nlp_toolkit import BertVectorizer
    from nlp_toolkit.artefact import ModelContents, write_model
    from nlp_toolkit.artefact.generations import check_target
    from nlp_toolkit.transformer.preparing import prepare
    from nlp_toolkit.transformer.running import RunningEncoder

    start = clock()
    chosen = settings_of(MlmSettings, settings or {}, "settings")
    chosen = settings_of(MlmSettings, {**vars(chosen), **as_mapping(overrides)}, "settings")
    if chosen.epochs == 0:
        raise UsageError("settings.epochs=0 trains nothing; give more than 0")
    stage = BertVectorizer(model, pooling=pooling, random_state=seed, device="auto")
    stage.check_settings()
    if plot is not None:
        _check_plot(Path(plot))
    for package in ("torch", "transformers", "accelerate"):
        require(package)  # before the texts are read and a place for checkpoints is made
    is_first = int(os.environ.get("RANK", "0")) == 0
    check_target(Path(output), overwrite=overwrite)
    workspace = workspace_of(output)
    if is_first and not resume and _was_interrupted(workspace):
        raise UsageError(
            f"{workspace} keeps a training that was interrupted; go on with resume=True (--resume), or delete it"
        )
    with limit(n_jobs):
        texts = _Counted(normalize(text, "NFC") for text in _texts(source))
        passes = spool(iter(texts))
        if is_first:
            name = str(Path(model).resolve() if Path(model).exists() else model)
            _begin({"model": name, "seed": seed, **asdict(chosen), "texts": texts.digest()}, workspace)
        prepared = prepare(
            model,
            passes,
            mlm=chosen,
            seed=seed,
            device=device,
            checkpoints=workspace,
            keep_checkpoints=True,  # until the stage is saved
            on_step=on_step,
        )
    mlm_result = prepared.mlm_result
    if mlm_result is None:  # not with epochs above 0
        raise UsageError("nothing was trained")
    result = PretrainResult(str(model), mlm_result, chosen, texts.n, None, clock() - start)
    if not is_first:
        return result
    stage.encoder_ = RunningEncoder(prepared.checkpoint)
    stage.mlm_result_ = mlm_result
    said = {key: value for key, value in result.to_json().items() if key not in ("output", "seconds")}
    figures = {key: value for key in ("perplexity_before", "perplexity_after") if (value := said[key]) is not None}
    contents = ModelContents(stage, seed=seed, metrics={"metrics": figures, **said}, card=_card(result))
    write_model(output, contents, overwrite=overwrite)
    shutil.rmtree(workspace, ignore_errors=True)
    if plot is not None:
        plot_losses(result, Path(plot))
    return replace(result, output=Path(output), seconds=clock() - start)


def plot_losses(result: PretrainResult, path: Path) -> None:
    """Draw training and held-out loss over the steps (extra report); the format is that of the name, such as .svg."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, points, style in (
        ("training", result.mlm.training.losses, "-"),
        ("held out", result.mlm.training.held_out, "o-"),
    ):
        if points:
            axes.plot(*zip(*points, strict=True), style, label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("masked-language-modelling loss")
    axes.legend()
    with whole_draft(path, overwrite=True) as draft:
        figure.savefig(draft, format=path.suffix.removeprefix(".").lower())


def _card(result: PretrainResult) -> str:
    from nlp_toolkit.artefact import usage_lines

    before, after = result.mlm.perplexity_before, result.mlm.perplexity_after
    held_out = (
        "" if before is None or after is None else f" Held-out perplexity: {before:.1f} before, {after:.1f} after."
    )
    steps = f"{result.mlm.training.steps:,} steps of masked-language modelling on {result.texts:,} texts"
    return (
        f"# BERT, {visible(Path(result.model).name)}\n\n{steps}.{held_out}\n\n{usage_lines('stage')}\n"
        "It is a checkpoint as well: `nlp-toolkit train bert-finetune DATA -o NEW --set estimator.model=MODEL`.\n"
    )


def _check_plot(path: Path) -> None:
    """Raise `UsageError` before any training for a plot that could not be written after it."""
    require("matplotlib")
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in known:
        raise UsageError(f"{path}: no format to draw in is called {path.suffix!r}; known: {', '.join(sorted(known))}")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it first")
    check_place(path, overwrite=True)


def _was_interrupted(workspace: Path) -> bool:
    return any(workspace.glob("run-*"))


def _begin(run: Mapping[str, object], workspace: Path) -> None:
    """Note what the training depends on; where `workspace` keeps another one, `UsageError` naming what differs."""
    from nlp_toolkit.artefact.files import read_json, write_json

    if not _was_interrupted(workspace):
        try:
            workspace.mkdir(parents=True, exist_ok=True)
            write_json(workspace / _RUN, run)
        except OSError as error:
            raise ResourceError(f"{workspace}: cannot keep checkpoints there ({error.strerror})") from error
        return
    before: Any = read_json(workspace / _RUN)
    for name, value in run.items():
        if before.get(name) != value:
            change = "other texts" if name == "texts" else f"{name}={before.get(name)!r}, not {value!r}"
            raise UsageError(f"{workspace} keeps a training with {change}; give the same to go on, or delete it")


class _Counted:
    """Texts as they come, how many came, and a digest of them."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._hash = hashlib.sha256()
        self.n = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.n += 1
            self._hash.update(text.encode("utf-8", "surrogatepass") + b"\n")
            yield text

    def digest(self) -> str:
        """SHA-256 of the texts that came so far."""
        return self._hash.hexdigest()


def _texts(source: Corpus | str | Path | Iterable[Corpus]) -> Iterator[str]:
    """Every text of every block; of pairs both."""
    blocks: Iterable[Corpus]
    if isinstance(source, Corpus):
        blocks = [source]
    else:
        blocks = iter_corpus(source) if isinstance(source, str | Path) else source
    for block in blocks:
        for row in block.rows:
            if isinstance(row, str):
                yield row
            else:
                yield from row
