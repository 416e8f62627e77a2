"""
Mails: written down byte for byte under a name that is unique, then handed over; each arrives once in effect.

A mail that a process died over is sent again as it was. Two that send at the same time share the work.
"""

from collections import Counter
from collections.abc import Collection, Mapping

import structlog

from pipeline.digest import roll, token
from pipeline.digest.letter import letter, message_id
from pipeline.domain import Circle, Handover, Letter, LetterKind, Receipt, Rendered, Subscriber
from pipeline.services import Services

NOBODY = "desk@localhost"
"""Where nobody is subscribed, one copy is kept as a file."""
_COUNTED = {Handover.TAKEN: "sent", Handover.WRITTEN: "written", Handover.BOUNCED: "bounced"}

log = structlog.get_logger()


def people(services: Services) -> dict[str, Subscriber]:
    """Return everybody who is listed, asked or left, by address."""
    wanted = services.settings.digest
    listed = [row.noun(wanted.timezone) for row in wanted.subscribers]
    known = services.store.subscribers.all()
    if not listed and not known:
        listed = [Subscriber(address=NOBODY, timezone=wanted.timezone, circle=Circle.INTERNAL, listed=True)]
    return roll.roll(listed, known)


def leave_url(services: Services, address: str) -> str | None:
    """Return the address of a person's own page; None where no pages are served."""
    settings = services.settings
    if not (settings.public_url and settings.secret_key):
        return None
    return f"{settings.public_url.rstrip('/')}/u/{token.to_leave(settings.secret_key, address)}"


def name(services: Services, kind: LetterKind, week: str, about: str, address: str) -> str:
    """Return the Message-ID of what is said to an address."""
    return message_id(kind, week, about, address, services.settings.digest.list_id)


def written(
    services: Services,
    rendered: Rendered,
    *,
    kind: LetterKind,
    week: str,
    address: str,
    about: str = "",
    shifts: frozenset[str] = frozenset(),
) -> Letter:
    """Address what was rendered."""
    settings = services.settings
    return letter(
        rendered,
        kind=kind,
        week=week,
        about=about,
        address=address,
        sender=settings.smtp.sender or settings.digest.sender,
        list_id=settings.digest.list_id,
        now=services.now(),
        leave_url=leave_url(services, address),
        reply_to=settings.digest.desk[0] if settings.digest.desk else None,
        shifts=shifts,
    )


def send(services: Services, kinds: Collection[LetterKind] = tuple(LetterKind)) -> Counter[str]:
    """Hand over what is due; ends where the server is closed to all. Counts what became of it."""
    counts, letters = Counter[str](), services.store.letters
    known = people(services)
    try:
        for name_ in letters.due(services.now(), kinds):
            one = letters.attempt(name_, services.now())
            if one is None:
                continue
            receipt = services.deliver(one)
            letters.delivered(one, receipt, services.now())
            counts[_COUNTED.get(receipt.handover, "failed")] += 1
            _tell(one, receipt)
            _count_bounce(services, known, one, receipt)
            if receipt.handover is Handover.CLOSED:
                break
    finally:
        services.hang_up()
    return counts


def _tell(one: Letter, receipt: Receipt) -> None:
    if receipt.error:
        log.warning("mail_not_taken", address=one.address, handover=receipt.handover, error=receipt.error)


def _count_bounce(services: Services, known: Mapping[str, Subscriber], one: Letter, receipt: Receipt) -> None:
    before = known.get(one.address)
    if before is None or before.address == NOBODY:
        return
    after = roll.after(before, receipt.handover)
    if after != before:
        services.store.subscribers.record(after, services.now(), after=before.version)
