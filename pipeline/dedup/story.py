"""
Reports -> stories: which articles tell of one happening. Pure, the same in any order.

Near-copies are always of one story. Independent reports are if they are alike enough on average (average linkage
over the log-odds of `likeness`), so that a chain of neighbours makes no story. Whether two articles are linked
depends on the two alone, so a story can change only with its own `neighbourhood`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from math import sqrt

import numpy as np

from pipeline.dedup.report import Report

WINDOW = timedelta(days=5)
"""Between two reports of one happening: 96 % of the dated pairs in 214 real texts; beyond it chance takes over."""

WEIGHTS = (5.69, 0.23, 2.0, 1.52, -3.64, -0.6, 2.37)
"""Of `features`: a logistic regression on the pairs of the demo archive, invented; the bench fits them anew."""

_BIAS = -6.73
_DAY = -0.4
_UNDATED = -5.0
_MANY = 2
_DAY_S = 86400.0
_CROWD = 200


def likeness(one: Report, other: Report) -> float:
    """Return the log-odds that two reports tell of one happening."""
    return alike(one, other) + _time(one, other)


def alike(one: Report, other: Report) -> float:
    """Return how alike two reports are, whenever they were published: log-odds for one day."""
    return _BIAS + sum(weight * feature for weight, feature in zip(WEIGHTS, features(one, other), strict=True))


def features(one: Report, other: Report) -> tuple[float, ...]:
    """
    Return what speaks for and against one happening.

    The cosine of the matters and the nats they share, amounts shared (two at most), the share of actors in common
    and whether there is none, and for one language: that it is one, and the cosine of the words.
    """
    products = sorted(one.matters[m] * other.matters[m] for m in one.matters.keys() & other.matters.keys())
    actors, both = len(one.actors | other.actors), len(one.actors & other.actors)
    one_language = _language(one) == _language(other)
    return (
        sum(products) / (one.length * other.length) if products else 0.0,
        sum(map(sqrt, products)),
        min(_MANY, len(one.amounts & other.amounts)),
        both / actors if actors else 0.0,
        bool(one.actors and other.actors and not both),
        one_language,
        _overlap(one.words, other.words) if one_language else 0.0,
    )


def near(one: Report, other: Report) -> bool:
    """Say whether two reports are of one time; one whose time is unknown is of any."""
    return one.at is None or other.at is None or abs(one.at - other.at) <= WINDOW


def gather(reports: Iterable[Report], copies: Mapping[str, str]) -> dict[str, str]:
    """
    Return the story of each article: the id of its first member.

    ``copies`` maps an article to its group of near-copies; one that is not named is a group of its own.
    """
    groups = _groups(reports, copies)
    firsts = [members[0] for members in groups.values()]
    of_first = {first.article_id: members for first, members in zip(firsts, groups.values(), strict=True)}
    stories: dict[str, str] = {}
    for component in _components(firsts):
        for cluster in _clusters(component):
            members = [member for first in cluster for member in of_first[first.article_id]]
            story_id = min(members, key=_seen).article_id
            stories.update((member.article_id, story_id) for member in members)
    return stories


def neighbourhood(new: Iterable[Report], known: Iterable[Report], copies: Mapping[str, str]) -> set[str]:
    """
    Return the articles whose stories the new ones can change, and the new ones.

    To `gather` these alone gives what to gather all would give them; the stories of the others stay as they are.
    """
    new, known = list(new), list(known)
    groups = _groups([*new, *known], copies)
    standing = [(group, members[0]) for group, members in groups.items()]
    # an earlier copy may now stand for a group: what was linked to the former one is let go
    standing += [(group, members[0]) for group, members in _groups(known, copies).items()]
    of_group: dict[str, list[Report]] = defaultdict(list)
    by_key: dict[str, list[tuple[str, Report]]] = defaultdict(list)
    for group, first in standing:
        of_group[group].append(first)
        for key in first.keys:
            by_key[key].append((group, first))
    open_groups = [_group(report, copies) for report in new]
    touched: set[str] = set()
    while open_groups:
        group = open_groups.pop()
        if group not in touched:
            touched.add(group)
            open_groups += _linked(of_group[group], by_key, touched)
    return {member.article_id for group in touched for member in groups[group]}


def _linked(
    firsts: Iterable[Report], by_key: Mapping[str, Iterable[tuple[str, Report]]], touched: set[str]
) -> Iterator[str]:
    """Yield the groups, beyond those touched, that are linked to one."""
    for first in firsts:
        seen = set(touched)
        for key in first.keys:
            for group, other in by_key[key]:
                if group not in seen and near(first, other):
                    seen.add(group)
                    if likeness(first, other) > 0:
                        yield group


def _groups(reports: Iterable[Report], copies: Mapping[str, str]) -> dict[str, list[Report]]:
    """Group near-copies, the first seen first: it stands for them all, so that forty copies have one vote."""
    groups: dict[str, list[Report]] = defaultdict(list)
    for report in sorted({report.article_id: report for report in reports}.values(), key=_seen):
        groups[_group(report, copies)].append(report)
    return dict(groups)


def _group(report: Report, copies: Mapping[str, str]) -> str:
    """Name a report's group of copies; one that has none is a group of its own."""
    return copies.get(report.article_id, f"={report.article_id}")


def _seen(report: Report) -> tuple[float, str]:
    return report.seen_at.timestamp(), report.article_id


def _pairs(reports: Sequence[Report]) -> Iterator[tuple[int, int]]:
    """Yield each pair that shares a key and a time, once."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for place, report in enumerate(reports):
        candidates = {other for key in report.keys for other in by_key[key]}
        yield from ((other, place) for other in sorted(candidates) if near(reports[other], report))
        for key in report.keys:
            by_key[key].append(place)


def _components(reports: Sequence[Report], above: float = 0.0) -> list[list[Report]]:
    """Part the reports into those that are linked, directly or through others."""
    parent = list(range(len(reports)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = place = parent[parent[place]]
        return place

    for left, right in _pairs(reports):
        if root(left) != root(right) and likeness(reports[left], reports[right]) > above:
            parent[root(left)] = root(right)
    components: dict[int, list[Report]] = defaultdict(list)
    for place, report in enumerate(reports):
        components[root(place)].append(report)
    return list(components.values())


def _clusters(component: list[Report], above: float = 0.0) -> Iterator[list[Report]]:
    """Cut a component where the average likeness turns against it; a crowd is first parted by stronger links."""
    if len(component) == 1:
        yield component
    elif len(component) > _CROWD:
        for part in _components(component, above + 1.0):
            yield from _clusters(part, above + 1.0)
    else:
        yield from _agglomerated(sorted(component, key=_seen))


def _agglomerated(ordered: Sequence[Report]) -> list[list[Report]]:
    """Merge the two clusters most alike on average while that speaks for one happening; the first seen win ties."""
    clusters = [[report] for report in ordered]
    odds = np.full((len(ordered), len(ordered)), -np.inf)
    for (row, one), (column, other) in combinations(enumerate(ordered), 2):
        odds[row, column] = odds[column, row] = likeness(one, other)
    while True:
        left, right = divmod(int(odds.argmax()), len(ordered))
        if odds[left, right] <= 0:
            return [cluster for cluster in clusters if cluster]
        sizes = len(clusters[left]), len(clusters[right])
        odds[left] = odds[:, left] = np.average(odds[[left, right]], axis=0, weights=sizes)
        odds[right] = odds[:, right] = -np.inf
        clusters[left] += clusters[right]
        clusters[right] = []


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0


def _time(one: Report, other: Report) -> float:
    if one.at is None or other.at is None:
        return _UNDATED
    return _DAY * abs((one.at - other.at).total_seconds()) / _DAY_S


def _language(report: Report) -> str:
    """Name the written language: the two Chinese scripts count as one."""
    return report.lang.partition("-")[0]
