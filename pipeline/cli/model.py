"""The model's verbs: train, evaluate, promote. Imported late what brings scikit-learn."""

import argparse
import json

from pipeline.settings import load


def train(arguments: argparse.Namespace) -> int:
    """Fit a model and print its figures."""
    from pipeline import training

    done = training.fit(load(), seeds=arguments.seeds, into=arguments.into, only_seeds=arguments.only_seeds)
    print(json.dumps(done.metrics["cross_validated_on_own_corpus"], indent=2))
    print(f"{done.version}\n  in {done.folder}\n  SHA-256 {done.sha256}")
    if done.difference is not None:
        print(f"  largest difference from the shipped model's weights: {done.difference:.2e}")
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    """Print each figure beside its floor."""
    from pipeline import training

    for name, (value, floor) in training.evaluate(arguments.model or training.newest(load())).items():
        print(f"{name:12} {value:.3f}  floor {floor:.3f}")
    return 0


def promote(arguments: argparse.Namespace) -> int:
    """Make a model the current one and print its version."""
    from pipeline import training

    print(training.promote(arguments.model or training.newest(load())))
    return 0
