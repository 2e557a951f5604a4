"""Reports to render: what report.json holds, made up here with known numbers."""

from typing import Any

import numpy as np

RECIPES = (
    ("count-nb", "count", 0.812, 0.4, 52_000.0, 210.0, 3.1),
    ("tfidf-logreg", "TF-IDF", 0.846, 1.2, 41_000.0, 260.0, 6.4),
    ("tfidf-char-svm", "TF-IDF", 0.871, 4.8, 17_500.0, 540.0, 28.0),
    ("word2vec-sg", "word2vec", 0.834, 38.0, 21_000.0, 690.0, 44.0),
    ("word2vec-cbow", "word2vec", 0.821, 17.0, 21_300.0, 655.0, 44.0),
    ("bert-finetuned", "BERT", 0.868, 912.0, 95.0, 2400.0, 131.0),
)
TEXTS = {
    "ko": (
        "정말 재미있게 봤어요, 배우들 연기가 최고",
        "지루해서 중간에 나왔다",
        "음악이 아름답고 여운이 남는다",
        "돈이 아까운 영화",
    ),
    "en": (
        "A warm and funny film, well acted",
        "Dull; I left halfway through",
        "The music stays with you",
        "Not worth the ticket",
    ),
}
SIZES = (100, 300, 1000, 3000, 10_000)


def recipe(name: str, family: str, score: float, fit: float, rate: float, peak: float, size: float) -> dict[str, Any]:
    """One entry of `recipes`."""
    folds = [round(score + shift, 4) for shift in (-0.012, -0.004, 0.0, 0.005, 0.011)]
    return {
        "name": name,
        "family": family,
        "score": score,
        "low": score - 0.013,
        "high": score + 0.013,
        "train_score": min(1.0, score + 0.08),
        "fit_seconds": fit,
        "texts_per_second": rate,
        "peak_mb": peak,
        "model_mb": size,
        "pareto": name in ("count-nb", "tfidf-logreg", "tfidf-char-svm"),
        "metrics": {"accuracy": score, "macro_f1": score - 0.004},
        "per_fold": folds,
        "notes": ["trained on a CPU"] if family == "BERT" else [],
    }


def pair(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """One entry of `pairs`."""
    difference = a["score"] - b["score"]
    real = abs(difference) > 0.014
    verdict = "no difference shown" if not real else "a better" if difference > 0 else "b better"
    return {
        "a": a["name"],
        "b": b["name"],
        "difference": difference,
        "low": difference - 0.013,
        "high": difference + 0.013,
        "p": 0.002 if real else 0.41,
        "p_adjusted": 0.013 if real else 1.0,
        "test": "Nadeau-Bengio corrected resampled t",
        "verdict": verdict,
    }


def curve(each: dict[str, Any], steepness: float) -> dict[str, Any]:
    """One entry of `curves.by`: rising towards the recipe's score."""
    points = []
    for place, size in enumerate(SIZES):
        missing = 0.22 * steepness ** (place + 1)
        score = each["score"] - missing
        band = 0.03 / (place + 1)
        points.append(
            {
                "size": size,
                "score": score,
                "low": score - band,
                "high": score + band,
                "train_score": min(1.0, score + 0.3 * 0.6**place),
                "spread": band / 2,
                "seeds": [0, 1, 2],
            }
        )
    return {"name": each["name"], "points": points}


def points(
    n: int, language: str, labels: tuple[str, ...] = ("positive", "negative"), seed: int = 0
) -> list[dict[str, Any]]:
    """Points of a map: a cloud a label, one in nine predicted wrongly."""
    generator = np.random.default_rng(seed)
    texts = TEXTS[language]
    of = generator.integers(0, len(labels), n)
    places = generator.normal(size=(n, 2)) + 2.6 * np.column_stack([np.cos(of * 2.4), np.sin(of * 2.4)])
    found = []
    for number, (label, (x, y)) in enumerate(zip(of, places, strict=True)):
        predicted = (label + (number % 9 == 0)) % len(labels)
        text = f"{texts[number % len(texts)]} ({number})"
        found.append({"x": x, "y": y, "label": labels[label], "predicted": labels[predicted], "text": text})
    return found


def example(language: str = "en", *, n_points: int = 900) -> dict[str, Any]:
    """A whole report of a classification, six recipes by cross-validation."""
    recipes = [recipe(*each) for each in RECIPES]
    pairs = [pair(a, b) for place, a in enumerate(recipes) for b in recipes[place + 1 :]]
    names = {"en": ("positive", "negative"), "ko": ("긍정", "부정")}[language]
    by = [curve(each, steepness) for each, steepness in zip(recipes, (0.5, 0.55, 0.6, 0.7, 0.7, 0.9), strict=True)]
    return {
        "task": "classification",
        "metric": "accuracy",
        "data": {
            "name": {"en": "reviews.csv", "ko": "영화평.csv"}[language],
            "rows": 12_500,
            "labels": {names[0]: 6300, names[1]: 6200},
            "language": language,
            "dropped": {},
            "duplicates": 3,
        },
        "evaluation": {"kind": "cross-validation", "folds": 5, "repeats": 1, "grouped": False, "n_test": 12_500},
        "summary": [
            "tfidf-char-svm has the best accuracy: 0.871, between 0.858 and 0.884 with 95 % confidence.",
            "bert-finetuned is not shown to be worse: 0.868; it takes 190 times as long to train.",
            "tfidf-char-svm is the cheapest recipe that is not worse than the best.",
            "Below about 800 labels tfidf-logreg leads; between 800 and 3,000 no difference was shown.",
        ],
        "recipes": recipes,
        "pairs": pairs,
        "left_out": [{"name": "bm25-logreg", "reason": "the same counts as count-nb"}],
        "curves": {
            "sizes": list(SIZES),
            "by": by,
            "crossings": ["tfidf-char-svm passes tfidf-logreg at about 800 labels."],
        },
        "map": {"method": "t-sne", "recipe": "tfidf-logreg", "points": points(n_points, language, names)},
        "settings": {
            "seed": 0,
            "folds": 5,
            "jobs": 2,
            "learning_curve": list(SIZES),
            "recipes": {
                "tfidf-logreg": {"task": "classification", "vectorizer": {"kind": "tfidf", "ngram_range": [1, 2]}}
            },
        },
        "versions": {"nlp_toolkit": "0.1.0", "scikit-learn": "1.9.1"},
        "machine": {"cores": 2, "memory_gb": 24},
    }
