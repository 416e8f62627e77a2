"""
The digest's page against what Gmail, Outlook and Apple Mail are known to show (caniemail.com, by its npm package).

An error is a feature that one of their programs does not know. Those in `HARMLESS` leave a page that reads the same;
any other is counted. Needs node 20 and npm; the package is put under ``var/bench`` by its lock file.
"""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

from pipeline.digest.page import render
from pipeline.domain import LANGUAGES, Imprint, Reader, Review
from pipeline.settings import load
from tests.bench.figures import Figures, Missing, table
from tests.digest.test_page import week

HERE = Path(__file__).with_name("caniemail")
HARMLESS = {
    "<style> element": "every style that matters stands inline; the block only adds dark mode and narrow screens",
    "@media": "without it the page is light and as wide as the window lets it be",
    "<body> element": "replaced by the program's own; the background it would set is set on the table inside, too",
    "role attribute": "for screen readers, which then read the layout tables as tables",
}


def measure() -> Figures:
    folder = _installed(load().var_dir / "bench" / "caniemail")
    found, clients = defaultdict[str, set[str]](set), set[str]()
    pages = [_page(lang, review) for lang in LANGUAGES for review in Review]
    for page in pages:
        for client, features in _asked(folder, page)["errors"]:
            clients.add(client)
            for feature, _ in features:
                found[feature].add(client)
    return {
        "pages": len(pages),
        "clients_with_errors": len(clients),
        "errors": sum(feature not in HARMLESS for feature in found),
        "harmful": {feature: sorted(who) for feature, who in found.items() if feature not in HARMLESS},
        "harmless": {feature: sorted(who) for feature, who in found.items() if feature in HARMLESS},
        "errors_without_style": sum(
            feature not in HARMLESS
            for page in pages
            for _, features in _asked(folder, _stripped(page))["errors"]
            for feature, _ in features
        ),
    }


def show(figures: Figures) -> str:
    rows = [
        {"feature": feature, "not known to": ", ".join(who), "why it does no harm": HARMLESS.get(feature, "IT DOES")}
        for kind in ("harmful", "harmless")
        for feature, who in figures[kind].items()
    ]
    return table(["feature", "not known to", "why it does no harm"], rows)


def _page(lang: str, review: Review) -> str:
    imprint = Imprint(sender="Desk", review=review, initials="AB", page_url="https://watch.example/u/token")
    return render(week(), Reader(lang=lang), imprint).html


def _stripped(page: str) -> str:
    """Return a page as a program shows it that knows no style block."""
    return re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)


def _installed(folder: Path) -> Path:
    if not (shutil.which("node") and shutil.which("npm")):
        raise Missing("node 20 and npm")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "check.js"):
        shutil.copy(HERE / name, folder)
    if not (folder / "node_modules" / "caniemail").exists():
        command = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--omit=peer", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"npm ci: {done.stderr.strip().splitlines()[-1]}")
    return folder


def _asked(folder: Path, page: str) -> Any:
    done = subprocess.run(["node", "check.js"], cwd=folder, input=page, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
