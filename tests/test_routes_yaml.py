"""The tree of config/routes.yaml: what a branch takes from above, what another rubric replaces, what is refused."""

from datetime import time
from pathlib import Path

import pytest

from pipeline.alert.route import every
from pipeline.domain import EMAIL, Actor, Route, Rule, Severity, Voice
from pipeline.settings import ROOT, ConfigError, Settings, load

TREE = """
routes:
  - name: desk
    channel: "#desk"
    messages_per_week: 10
    quiet_from: "22:00"
    quiet_until: "07:00"
    brief_at: "08:30"
    routes:
      - name: seoul
        actors: [KR]
        also: true
        routes:
          - {name: money, owners: [state], languages: [ko], messages_per_week: null}
      - {name: parties, channel: "#parties", voices: [ruling_party, opposition], single: [A, B]}
"""


def read(folder: Path, routes: str) -> Settings:
    for name in ("feeds.yaml", "sources.yaml"):
        (folder / name).write_text((ROOT / "config" / "demo" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "routes.yaml").write_text(routes, encoding="utf-8")
    return load({"STANCEWATCH_CONFIG_DIR": str(folder), "STANCEWATCH_VAR_DIR": str(folder)})


def by_name(folder: Path, routes: str) -> dict[str, Route]:
    return {route.name: route for route in every(read(folder, routes).routes)}


def test_a_branch_takes_from_above_what_it_does_not_say(tmp_path: Path) -> None:
    routes = by_name(tmp_path, TREE)
    assert list(routes) == ["desk", "seoul", "money", "parties"]
    assert [routes[name].channel for name in routes] == ["#desk", "#desk", "#desk", "#parties"]
    assert [routes[name].messages_per_week for name in routes] == [10, 10, None, 10]
    assert routes["money"].quiet_from == time(22)
    assert routes["parties"].single == {Severity.A, Severity.B}
    assert routes["money"].roll_up_at == time(17)


def test_whom_a_route_hears_and_its_brief_are_its_own(tmp_path: Path) -> None:
    routes = by_name(tmp_path, TREE)
    assert (routes["seoul"].actors, routes["money"].actors) == ({Actor.KR}, frozenset())
    assert (routes["seoul"].also, routes["money"].also) == (True, False)
    assert [route.name for route in routes.values() if route.brief_at] == ["desk"]


def test_a_route_is_posted_or_mailed_and_a_branch_may_be_the_other(tmp_path: Path) -> None:
    routes = by_name(
        tmp_path,
        """
routes:
  - name: kyiv
    email: [desk@example.org, chief@example.org]
    routes: [{name: seoul, actors: [KR]}, {name: ops, channel: "#ops", shifts: false, health_at: "09:00"}]
  - {name: slack, channel: "#desk", routes: [{name: mail, email: [one@example.org]}]}
""",
    )
    assert {name: (route.channel, len(route.email)) for name, route in routes.items()} == {
        "kyiv": (EMAIL, 2),
        "seoul": (EMAIL, 2),
        "ops": ("#ops", 0),
        "slack": ("#desk", 0),
        "mail": (EMAIL, 1),
    }
    assert [route.name for route in routes.values() if not route.shifts] == ["ops"]
    assert (routes["ops"].health_at, routes["kyiv"].health_at) == (time(9), None)


def test_a_flat_list_needs_a_name_and_a_channel_only(tmp_path: Path) -> None:
    flat = 'routes: [{name: one, channel: "#1"}, {name: two, channel: "#2", actors: [JP]}]'
    one, two = read(tmp_path, flat).routes
    assert (one.single, one.messages_per_week, two.actors) == ({Severity.A}, 5, {Actor.JP})


def test_routes_without_a_rubric_have_the_projects_own_and_another_replaces_it(tmp_path: Path) -> None:
    flat = 'routes: [{name: one, channel: "#1"}]\n'
    assert read(tmp_path, flat).rubric == load({}).rubric
    other = "rubric: [{name: all that parties say, severity: A, voices: [opposition]}]"
    assert read(tmp_path, flat + other).rubric == (Rule(severity=Severity.A, voices=frozenset({Voice.OPPOSITION})),)


@pytest.mark.parametrize(
    ("routes", "complaint"),
    [
        ("routes: [{name: one, channel: b, roll_up_at: 17:00}]", 'quotes: "17:00"'),
        ('routes: [{name: one, channel: b, quiet_from: "22:00"}]', "come together"),
        ("routes: [{name: one, channel: b, routes: [{name: one}]}]", "one stands twice"),
        ("routes: [{name: one, channel: b, routes: [{name: two, rank: 1}]}]", "routes.0.rank: no such key"),
        ("routes: [{name: one, routes: [{name: two, channel: b}]}]", "(one).channel"),
        ("routes: [{name: none, channel: b}]", "name it otherwise"),
        ('routes: [{name: one, channel: b, timezone: "+09:00"}]', "name a zone"),
        ("routes: [{name: one, channel: b, group_by: [matter]}]", "group_by"),
        ("routes: [{name: one, channel: b, email: [a@example.org]}]", "posted or mailed"),
        ("routes: [{name: one, email: [nobody]}]", "(one).email.0"),
        ("routes: [{name: one, channel: b, stalled_hours: 0}]", "stalled_hours"),
        ("{routes: [{name: one, channel: b}], rubric: [{name: a, severity: D}]}", "rubric[0] (a).severity"),
        ("{routes: [{name: one, channel: b}], rules: []}", "one key is wanted"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, routes: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, routes)
    assert complaint in str(error.value)
