"""Who gets the weekly digest: list them, invite somebody, take somebody off the list who asked by mail."""

import argparse

from pipeline import bootstrap, posting, subscriptions
from pipeline.domain import LANGUAGES, Actor, Circle, LetterKind, RefusalError, Subscriber, Track
from pipeline.places import address_of
from pipeline.services import Services


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    verbs = parser.add_subparsers(required=True, metavar="list | invite | remove", dest="what")
    verbs.add_parser("list", help="everybody who is listed, was invited, asked or left")
    new = verbs.add_parser("invite", help="mail somebody a link; once they confirm it they are subscribed")
    new.add_argument("address", type=_address)
    new.add_argument("--list", dest="circle", type=Circle, choices=list(Circle), default=Circle.EXTERNAL)
    new.add_argument("--lang", choices=LANGUAGES, default="en")
    new.add_argument("--timezone", default=None, help="default: that of config/digest.yaml")
    new.add_argument("--actor", action="append", type=Actor, choices=list(Actor))
    new.add_argument("--track", action="append", type=Track, choices=list(Track))
    verbs.add_parser("remove", help="end a subscription now").add_argument("address", type=_address)


def subscribers(arguments: argparse.Namespace) -> int:
    """List, invite or remove; prints who is on the lists afterwards."""
    services = bootstrap.services()
    try:
        if arguments.what == "invite":
            subscriptions.invite(services, _wanted(arguments, services))
            posting.send(services, [LetterKind.REQUEST])
        elif arguments.what == "remove":
            person = posting.people(services).get(arguments.address)
            if person is None:
                raise RefusalError(f"{arguments.address}: is nobody's; `./run subscribers list` shows who there is")
            subscriptions.remove(services, person)
        print("\n".join(line(one) for _, one in sorted(posting.people(services).items())))
    finally:
        services.close()
    return 0


def _wanted(arguments: argparse.Namespace, services: Services) -> Subscriber:
    return Subscriber(
        address=arguments.address,
        lang=arguments.lang,
        timezone=arguments.timezone or services.settings.digest.timezone,
        actors=frozenset(arguments.actor or ()),
        tracks=frozenset(arguments.track or ()),
        circle=arguments.circle,
    )


def line(one: Subscriber) -> str:
    """Put a subscriber on one line."""
    chosen = ",".join(sorted(one.actors)) or "all actors", ",".join(sorted(one.tracks)) or "all tracks"
    refusals = f"  {one.bounces} refusals" if one.bounces else ""
    where = "digest.yaml" if one.listed else "by mail"
    return (
        f"{one.address}  {one.state}  {one.circle} ({where})  {one.lang}  {one.timezone}  {'; '.join(chosen)}{refusals}"
    )


def _address(given: str) -> str:
    try:
        return address_of(given)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
