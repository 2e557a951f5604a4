"""A stage as a model of mteb, the benchmark of text embeddings: what mteb asks of an encoder, by structure alone."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp_toolkit.errors import ResourceError, UsageError
from nlp_toolkit.protocols import QueryVectorizer, transform_query
from nlp_toolkit_pipelines.model import TrainedModel
from nlp_toolkit_pipelines.vectorizing import features_of, resolve_stage

MOST_CELLS = 2_000_000_000  # of a dense float32 matrix: 8 GB


class MtebEncoder:
    """Lets mteb (2.x) run a fitted stage as its model: `mteb.evaluate(MtebEncoder("model/"), tasks)`.

    `stage` is a directory, a fitted stage, or a trained model, whose features are taken. mteb wants dense rows, so a
    stage of very many columns is refused; hash or reduce it first. Rows are compared by cosine, those of a
    stage that treats queries apart (BM25) by scalar product. Prompts are not used: no stage here was trained with any.
    """

    def __init__(self, stage: "str | Path | TrainedModel | Any", name: str = "") -> None:
        self._given = stage
        self._name = name
        self._stage: Any = None

    @property
    def stage(self) -> Any:
        """The fitted stage; one that is not fitted is a `UsageError`, as mteb has no texts to fit it on."""
        if self._stage is None:
            given = self._given
            resolved = resolve_stage(features_of(given.pipeline) if isinstance(given, TrainedModel) else given)
            if not resolved.fitted:
                raise UsageError(f"{given!s:.100} is not fitted; fit and save it first (vectorize ... --save-stage)")
            self._stage = resolved.stage
        return self._stage

    @property
    def mteb_model_meta(self) -> Any:
        """mteb's description of this model, needed by nothing but mteb, which has to be installed to ask for it."""
        from mteb.models.model_meta import ModelMeta  # type: ignore[import-not-found]

        return ModelMeta(
            loader=None,
            name=f"nlp-toolkit/{self._name or self._own_name()}",
            revision="local",
            release_date=None,
            languages=None,
            n_parameters=None,
            memory_usage_mb=None,
            max_tokens=None,
            embed_dim=None,
            license=None,
            open_weights=None,
            public_training_code=None,
            public_training_data=None,
            framework=["NumPy"],
            similarity_fn_name="dot" if self._asymmetric() else "cosine",
            use_instructions=False,
            training_datasets=None,
        )

    def encode(
        self,
        inputs: Iterable[Mapping[str, Sequence[str]]],
        *,
        task_metadata: object = None,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: object = None,
        batch_size: int = 32,
        show_progress_bar: bool = False,
        **ignored: object,
    ) -> np.ndarray:
        """Dense float32 rows (n_texts, n_features) of the "text" of each batch, in order.

        With the prompt type "query" rows are those of queries. The other arguments are mteb's and change nothing.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        asked = str(getattr(prompt_type, "value", prompt_type)) == "query"
        rows = transform_query(self.stage, texts) if asked else self.stage.transform(texts)
        if rows.shape[0] * rows.shape[1] > MOST_CELLS:
            raise ResourceError(
                f"{rows.shape[0]:,} texts of {rows.shape[1]:,} columns do not fit as dense rows, which mteb takes; "
                "use a stage with fewer columns (max_features, a reduction)"
            )
        return np.asarray(rows if isinstance(rows, np.ndarray) else rows.toarray(), dtype=np.float32)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> np.ndarray:
        """Similarity of every row of the first with every row of the second, (n, m)."""
        first, second = self._comparable(embeddings1), self._comparable(embeddings2)
        return np.asarray(first @ second.T)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> np.ndarray:
        """Similarity of row i of the first with row i of the second, (n,)."""
        first, second = self._comparable(embeddings1), self._comparable(embeddings2)
        return np.asarray(np.einsum("ij,ij->i", first, second))

    def _comparable(self, embeddings: Any) -> np.ndarray:
        """Rows as numpy's, (n, n_features), of length 1 where they are compared by cosine; rows of zeros stay so."""
        rows = np.atleast_2d(np.asarray(embeddings, dtype=np.float32))
        if self._asymmetric():
            return rows
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))

    def _asymmetric(self) -> bool:
        return isinstance(self.stage, QueryVectorizer)

    def _own_name(self) -> str:
        given = self._given
        return Path(given).name if isinstance(given, str | Path) else type(self.stage).__name__
