"""Computes the figures of an evaluation with NumPy alone, for EvaluationTests.

    python3 make_evaluation.py > evaluation.json

It shares no formula with the product where there is a choice: intervals are roots of their quadratic equation, ranks
come from a stable sort, bins from a search among their edges, and the temperature from a bisection of the slope.
"""

from __future__ import annotations

import json
import sys

import numpy as np

Z = 1.959963984540054
LEAST = float(np.finfo(np.float32).tiny)
THRESHOLDS = [step * 5 / 100 for step in range(20)] + [0.99]
LOWEST, HIGHEST = 0.05, 20.0


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def interval(hits: int, images: int) -> dict | None:
    if images == 0:
        return None
    share, spread = hits / images, Z * Z / images
    low, high = sorted(np.roots([1 + spread, -(2 * share + spread), share * share]).real)
    return {"hits": hits, "images": images, "value": share, "lower": max(0.0, low), "upper": min(1.0, high)}


def reliability(right: np.ndarray, best: np.ndarray) -> dict:
    edges = np.arange(16) / 15
    place = np.minimum(np.searchsorted(edges, best, side="right") - 1, 14)
    bins, error = [], 0.0
    for number in range(15):
        inside = place == number
        images = int(inside.sum())
        score = float(best[inside].mean()) if images else None
        if images:
            error += images / len(best) * abs(float(right[inside].mean()) - score)
        bins.append({"images": images, "score": score, "accuracy": interval(int(right[inside].sum()), images)})
    return {"error": error, "bins": bins}


def acceptance(right: np.ndarray, best: np.ndarray, target: float) -> dict:
    rows, suggested = [], None
    for least in THRESHOLDS:
        accepted = best.astype(np.float32) >= np.float32(least)
        share = interval(int(right[accepted].sum()), int(accepted.sum()))
        rows.append({"minScore": least, "coverage": interval(int(accepted.sum()), len(best)), "accuracy": share})
        if suggested is None and share is not None and share["lower"] >= target:
            suggested = least
    return {"thresholds": rows, "minScore": suggested}


def tempered(logs: np.ndarray, temperature: float) -> np.ndarray:
    return softmax(logs / temperature)


def loss(logs: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    scaled = logs / temperature
    top = scaled.max(axis=1)
    total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    return float((total - scaled[np.arange(len(truth)), truth]).mean())


def slope(logs: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    """Of the loss, by the inverse temperature."""
    expected = (tempered(logs, temperature) * logs).sum(axis=1)
    return float((expected - logs[np.arange(len(truth)), truth]).mean())


def fit(scores: np.ndarray, truth: np.ndarray, current: float) -> tuple[float, bool]:
    """The temperature relative to the current one, and whether it is at a bound."""
    logs = np.log(np.maximum(scores.astype(np.float64), LEAST))
    if (scores.max(axis=1) == scores.min(axis=1)).all():
        return 1.0, False
    low, high = LOWEST / current, HIGHEST / current
    if slope(logs, truth, high) >= 0:
        return high, True
    if slope(logs, truth, low) <= 0:
        return low, True
    for _ in range(300):
        middle = (low + high) / 2
        # The slope by the inverse temperature falls as the temperature rises.
        low, high = (middle, high) if slope(logs, truth, middle) > 0 else (low, middle)
    return (low + high) / 2, False


def figures(scores: np.ndarray, truth: np.ndarray, current: float, target: float, activation: str) -> dict:
    labels = scores.shape[1]
    order = np.argsort(-scores.astype(np.float64), axis=1, kind="stable")
    answer, rank = order[:, 0], np.argmax(order == truth[:, None], axis=1)
    best = scores.astype(np.float64).max(axis=1)
    right = answer == truth
    images = len(truth)
    matrix = np.zeros((labels, labels), int)
    np.add.at(matrix, (truth, answer), 1)
    per_label = []
    for label in range(labels):
        hits, support, answers = int(matrix[label, label]), int(matrix[label].sum()), int(matrix[:, label].sum())
        precision, recall = interval(hits, answers), interval(hits, support)
        f1 = None
        if support + answers:
            p, r = (precision or {"value": 0})["value"], (recall or {"value": 0})["value"]
            f1 = 2 * p * r / (p + r) if p + r else 0.0
        per_label.append({"support": support, "answers": answers, "precision": precision, "recall": recall, "f1": f1})
    found = {
        "accuracy": interval(int(right.sum()), images),
        "top": [{"k": k, "accuracy": interval(int((rank < k).sum()), images)} for k in range(2, min(5, labels - 1) + 1)],
        "labels": per_label,
        "confusion": matrix.tolist(),
        "reliability": None,
        "acceptance": None,
        "tempered": None,
    }
    bounded = bool(((scores >= 0) & (scores <= 1)).all())
    if bounded:
        found["reliability"] = reliability(right, best)
        found["acceptance"] = acceptance(right, best, target)
    if bounded and activation != "sigmoid" and (np.abs(scores.sum(axis=1, dtype=np.float64) - 1) <= 1e-3).all():
        relative, at_bound = fit(scores, truth, current)
        logs = np.log(np.maximum(scores.astype(np.float64), LEAST))
        after = tempered(logs, relative).max(axis=1)
        found["tempered"] = {
            "temperature": relative * current, "atBound": at_bound,
            "lossBefore": loss(logs, truth, 1.0), "loss": loss(logs, truth, relative),
            "reliability": reliability(right, after), "acceptance": acceptance(right, after, target),
        }
    return found


def cases() -> list[dict]:
    random = np.random.default_rng(17)

    def drawn(images: int, labels: int, sharpness: float, factor: float) -> tuple[np.ndarray, np.ndarray]:
        """Truths drawn from a model's own scores, which are then sharpened by a factor."""
        logits = random.normal(0, sharpness, (images, labels))
        chances = softmax(logits)
        truth = np.array([random.choice(labels, p=row) for row in chances])
        return softmax(logits * factor), truth

    found = []

    def add(name: str, scores: np.ndarray, truth: np.ndarray, temperature: float = 1.0, target: float = 0.95,
            activation: str = "none") -> None:
        scores, truth = np.asarray(scores, np.float32), np.asarray(truth)
        found.append({
            "name": name, "temperature": temperature, "target": target, "activation": activation,
            "truths": truth.tolist(),
            # As text a float32 is its shortest decimal, which every parser rounds back to the same float32.
            "scores": [[float(str(score)) for score in row] for row in scores],
            "figures": figures(scores, truth, temperature, target, activation),
        })

    add("calibrated", *drawn(300, 6, 3, 1))
    add("too sure", *drawn(200, 10, 2, 3))
    add("not sure enough", *drawn(200, 4, 3, 0.3), target=0.8)
    add("computed at a temperature", *drawn(150, 5, 3, 0.5), temperature=2.5, activation="softmax")
    add("two labels", *drawn(120, 2, 4, 1.5), target=0.9)
    eighths = random.multinomial(8, [0.25] * 4, 120) / 8
    add("ties", eighths, random.integers(0, 4, 120), target=0.3)
    twentieths = random.integers(10, 20, 80) / 20
    add("scores on thresholds", np.stack([twentieths, 1 - twentieths], axis=1), random.integers(0, 3, 80) // 2,
        target=0.5)
    add("zeros and ones", np.eye(3)[random.integers(0, 3, 40)], random.integers(0, 3, 40))
    add("all right", softmax(np.eye(5)[np.arange(30) % 5] * 4), np.arange(30) % 5, target=0.85)
    add("all wrong", softmax(np.eye(5)[np.arange(30) % 5] * 4), (np.arange(30) + 1) % 5)
    add("all equal", np.full((12, 4), 0.25), np.arange(12) % 4)
    add("one image", [[0.2, 0.5, 0.3]], [2])
    add("one label", np.ones((5, 1)), np.zeros(5, int))
    add("labels without images", softmax(random.normal(0, 3, (60, 7)) + np.array([4, 3, 2, 0, -9, -9, -9])),
        random.integers(0, 3, 60))
    add("independent scores", random.random((80, 4)), random.integers(0, 4, 80), activation="sigmoid")
    add("scores beyond 1", random.normal(0, 3, (50, 3)), random.integers(0, 3, 50))
    return found


if __name__ == "__main__":
    json.dump(cases(), sys.stdout, separators=(",", ":"))
    print()
