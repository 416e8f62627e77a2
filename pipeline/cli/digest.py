"""The weekly digest for a person: what is due now, and the editor's work on a draft."""

import argparse
import json
import textwrap

from pipeline import bootstrap, editing, flows
from pipeline.domain import LANGUAGES, Edition, EditKind, Review
from pipeline.services import Services

_WIDTH = 110
_SHOWN_TEXTS = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    edit = parser.add_subparsers(metavar="edit", dest="what").add_parser(
        "edit", help="look at a draft, change it, approve it"
    )
    edit.add_argument("--week", metavar="2026-W20", help="default: the newest")
    verbs = edit.add_subparsers(metavar="list | drop | move | reword | reading | check | approve | undo", dest="edit")
    verbs.add_parser("list", help="the items by number, and what they say")
    for name, about in (
        (EditKind.DROP, "leave an item out"),
        (EditKind.CHECK, "say that an item was held against its evidence"),
        (EditKind.MOVE, "put an item in front of another of its section, or last"),
        (EditKind.REWORD, "say an item in other words"),
        (EditKind.READING, "add our reading to an item"),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.add_argument("number", type=int)
        if name is EditKind.MOVE:
            verb.add_argument("given", metavar=f"NUMBER|{editing.LAST}")
        elif name in {EditKind.REWORD, EditKind.READING}:
            verb.add_argument("lang", choices=LANGUAGES)
            verb.add_argument("given", metavar="TEXT")
    verbs.add_parser("approve", help="let it out").add_argument("--initials", required=True, metavar="AB")
    verbs.add_parser("undo", help="take back the approval, else the last change")


def digest(arguments: argparse.Namespace) -> int:
    """Send what is due, or carry out one of the editor's verbs and print how the draft stands."""
    services = bootstrap.services()
    try:
        if arguments.what is None:
            print(json.dumps(flows.digest(services)))
        else:
            print(told(_edited(services, arguments)))
    finally:
        services.close()
    return 0


def _edited(services: Services, arguments: argparse.Namespace) -> Edition:
    one, verb = editing.edition(services, arguments.week), arguments.edit
    if verb in {None, "list"}:
        return one
    if verb == "approve":
        return editing.approve(services, one, arguments.initials)
    if verb == "undo":
        return editing.undo(services, one)
    given, lang = getattr(arguments, "given", ""), getattr(arguments, "lang", "")
    return editing.change(services, one, EditKind(verb), arguments.number, given, lang)


def told(one: Edition) -> str:
    """Put an edition on a page: what state it is in, and its items by number."""
    lines, section = [_state(one)], None
    for number, item in editing.items(one).items():
        if item.section is not section:
            section = item.section
            lines += ["", section.replace("_", " ").upper()]
        mark = "checked" if item.checked else "machine-tagged"
        lines += _wrapped(f"{number:3}  ", f"{item.words['en']}  [{mark}]")
        lines += _wrapped("     ", item.words["uk"])
        lines += [
            line for lang, text in item.reading.items() for line in _wrapped(f"     {lang}: ", f"our reading: {text}")
        ]
        lines += [f"     · {one.title} ({one.outlet}) {one.url}" for one in item.evidence[:_SHOWN_TEXTS]]
    for edit in editing.without_effect(one):
        lines += ["", f"without effect now: {edit.kind} of {edit.item_id}, which this draft no longer holds"]
    return "\n".join(lines)


def _state(one: Edition) -> str:
    state = {
        Review.DRAFT: f"draft {one.draft}, not approved",
        Review.UNREVIEWED: "went to the internal list unreviewed; external readers wait for an approval",
        Review.APPROVED: f"approved by {one.initials}; external readers get it on Monday 08:00 or with the next pass",
    }[one.review]
    return f"{one.week}, cut off {one.until:%Y-%m-%d %H:%M} UTC: {state}; {len(one.edits)} changes"


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=" " * 5) or [start.rstrip()]
