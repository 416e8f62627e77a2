"""The model's verbs: train, evaluate, promote. Imported late what brings scikit-learn."""

import argparse
import json

from pipeline import bootstrap
from pipeline.settings import load


def train(arguments: argparse.Namespace) -> int:
    """Fit a model and print its figures."""
    from pipeline import training

    settings = load()
    done = training.fit(
        settings,
        seeds=arguments.seeds,
        into=arguments.into,
        only_seeds=arguments.only_seeds,
        tune=arguments.tune,
        lessons=() if arguments.only_seeds else bootstrap.lessons(settings),
    )
    print(json.dumps(done.metrics["cross_validated_on_own_corpus"], indent=2))
    print(f"{done.version}\n  in {done.folder}\n  SHA-256 {done.sha256}")
    if done.difference is not None:
        print(f"  largest difference from the shipped model's weights: {done.difference:.2e}")
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    """Print each figure on labelled texts with its interval, and its floor where the texts are our own."""
    from pipeline import training

    settings = load()
    folder = arguments.model or training.newest(settings)
    pairs = training.measured(settings, folder, arguments.gold or training.EVALUATION)
    found = training.evaluation(pairs, arguments.worst)
    print(f"{found.model} on {found.texts} texts")
    for name, (value, low, high) in found.figures.items():
        print(f"{name:10} {value:.3f}  [{low:.3f}, {high:.3f}]")
    for lang, (texts, figures) in found.by_language.items():
        print(f"{lang:8} n={texts:3}  " + "  ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    right, said, labelled = found.alerts
    print(f"shifts of governments that may alert: {right} right of {said} said, {labelled} labelled")
    for sure, name, what in found.worst:
        print(f"  {sure:.2f} {name}: {what}")
    if arguments.gold is None:
        for name, (value, floor) in training.held(pairs).items():
            print(f"{name:10} {value:.3f}  floor {floor:.3f}")
    return 0


def promote(arguments: argparse.Namespace) -> int:
    """Make a model the current one and print its version."""
    from pipeline import training

    settings = load()
    print(training.promote(settings, arguments.model or training.newest(settings)))
    return 0
