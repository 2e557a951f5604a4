"""A fitted stage's vocabulary: kept as bytes, a dict as soon as somebody reads `vocabulary_`."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_toolkit.counting.termlist import TermList, term_list

_FITTED = ("_terms", "_vocabulary", "_lookup", "_documents", "_n_documents")


class LazyVocabulary:
    """`vocabulary_` and what depends on it, for a mixin before one of scikit-learn's vectorizers.

    `_terms` holds the terms as bytes by column, `_vocabulary` the dict once it was read or set, `_lookup` the tables
    counting needs, `_documents` (n_terms) the number of fitted texts each term is in, `_n_documents` that of all.
    """

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Term -> column, in the order the terms were first met; built when first read."""
        state = self.__dict__
        if "_vocabulary" not in state:
            if "_terms" not in state:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute 'vocabulary_'")
            state["_vocabulary"] = state["_terms"].vocabulary()
        found: dict[str, int] = state["_vocabulary"]
        return found

    @vocabulary_.setter
    def vocabulary_(self, vocabulary: dict[str, int]) -> None:
        self._forget()
        self.__dict__["_vocabulary"] = vocabulary

    @vocabulary_.deleter
    def vocabulary_(self) -> None:
        self._forget()

    def _forget(self) -> None:
        for name in _FITTED:
            self.__dict__.pop(name, None)

    def _known_terms(self) -> TermList | None:
        """The terms as bytes; None where they are not one str a column. Terms added to the dict by hand are seen."""
        state = self.__dict__
        terms: TermList | None = state.get("_terms")
        vocabulary = state.get("_vocabulary")
        if vocabulary is None or (terms is not None and len(vocabulary) == len(terms)):
            return terms
        state.pop("_lookup", None)
        by_column = sorted(vocabulary, key=vocabulary.__getitem__)
        if any(type(term) is not str for term in by_column):
            return None
        if any(vocabulary[term] != column for column, term in enumerate(by_column)):
            return None
        state["_terms"] = terms = term_list(by_column)
        return terms

    @property
    def _n_features_out(self) -> int:
        return len(self.__dict__.get("_terms") or self.vocabulary_)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """The terms by column; `input_features` is not used."""
        self._check_vocabulary()
        terms = self._known_terms()
        if terms is None:
            names: npt.NDArray[np.object_] = super().get_feature_names_out(input_features)  # type: ignore[misc]
            return names
        return np.array(terms.strings(), dtype=object)

    def _check_vocabulary(self) -> None:
        # Terms are never empty, and asking for the dict would build it.
        if "_terms" not in self.__dict__ or "_vocabulary" in self.__dict__:
            super()._check_vocabulary()  # type: ignore[misc]

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_lookup"}
