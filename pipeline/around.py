"""The store and the settings -> what stories are seen against when shifts are looked for."""

from datetime import datetime

from pipeline.detect.shifts import Around, taken_back
from pipeline.services import Services


def around(services: Services, until: datetime | None = None) -> Around:
    """Gather outlets, feeds and their faults, denials and the model's errors; a fault since ``until`` is left out."""
    incidents = services.store.entries.incidents()
    return Around(
        sources=services.sources,
        feeds=services.settings.feeds,
        incidents=[each for each in incidents if until is None or each.started_at < until],
        taken_back=taken_back(services.store.articles.links()),
        confusion=services.confusion(),
    )
