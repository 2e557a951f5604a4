"""Small corpora for the pipeline tests: two topics in English, two cities in Korean, pairs, numbers, label lists."""

from nlp_toolkit import Corpus

_CATS = ["a cat sleeps on the sofa", "cats chase mice at night", "the kitten drinks warm milk", "my cat purrs softly"]
_CARS = ["the car needs new tyres", "cars drive on the road", "an engine needs fresh oil", "my car is fast and red"]

ENGLISH = Corpus(
    texts=[f"{text} {number}" for number in ("one", "two", "three", "four") for text in _CATS + _CARS],
    labels=(["cat"] * 4 + ["car"] * 4) * 4,
)

KOREAN = Corpus(
    texts=[
        *("서울은 넓다", "서울에 갔다", "서울의 밤", "서울에서 놀았다"),
        *("부산은 넓다", "부산에 갔다", "부산의 밤", "부산에서 놀았다"),
    ]
    * 2,
    labels=(["seoul"] * 4 + ["busan"] * 4) * 2,
)

NUMBERS = Corpus(texts=ENGLISH.texts, labels=[str(1.0 + (label == "car")) for label in ENGLISH.labels])

SEVERAL = Corpus(
    texts=ENGLISH.texts,
    labels=[
        [label, "night"] if "night" in text else [label]
        for label, text in zip(ENGLISH.labels, ENGLISH.texts, strict=True)
    ],
)

PAIRS = Corpus(
    pairs=[(a, b) for a in ENGLISH.texts[:8] for b in ENGLISH.texts[8:12]],
    labels=["same" if i < 16 else "other" for i in range(32)],
)

OF_TASK = {
    "classification": ENGLISH,
    "multilabel": SEVERAL,
    "regression": NUMBERS,
    "pair-classification": PAIRS,
    "pair-regression": Corpus(pairs=PAIRS.pairs, labels=[float(i < 16) for i in range(32)]),
}
