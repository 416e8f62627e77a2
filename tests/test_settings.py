"""Settings load from the project's own files; whatever is wrong is said with its file, its key and the mend."""

import re
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from pipeline.domain import Actor, FeedKind, Terms, Voice
from pipeline.places import Tls
from pipeline.settings import KNOWN_VARIABLES, ROOT, ConfigError, Settings, load

FEED = """
  - name: A feed
    url: https://paper.example/rss
    country: JP
    kind: daily
    terms: headlines
"""
SOURCE = """
sources:
  - {name: A paper, owner: private, country: JP, tier: 1}
"""


def config(folder: Path, **files: str) -> Settings:
    """Load a configuration that holds these files beside one feed and one source."""
    for name, text in {"feeds": f"feeds:{FEED}", "sources": SOURCE, **files}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load({"STANCEWATCH_CONFIG_DIR": str(folder)})


def wrong(folder: Path, **files: str) -> str:
    with pytest.raises(ConfigError) as error:
        config(folder, **files)
    return str(error.value)


def test_the_projects_own_files_load_without_an_environment() -> None:
    settings = load({})
    assert settings.config_dir == ROOT / "config"
    assert settings.database_url == f"sqlite:///{ROOT / 'var' / 'stancewatch.db'}"
    assert set(settings.actors) == set(Actor)
    assert all((settings.feeds, settings.sources, settings.concepts, settings.routes))
    assert (settings.slack.token, settings.smtp.host, settings.smtp.port, settings.smtp.tls) == (
        None,
        None,
        587,
        Tls.STARTTLS,
    )
    assert (settings.shared_dir, settings.public_url) == (None, None)


def test_the_demo_configuration_loads_and_takes_from_the_projects_what_it_does_not_name() -> None:
    demo = load({"STANCEWATCH_CONFIG_DIR": str(ROOT / "config" / "demo")})
    assert demo.concepts == load({}).concepts
    assert demo.feeds != load({}).feeds


def test_settings_cannot_be_changed() -> None:
    settings = load({})
    with pytest.raises(FrozenInstanceError):
        settings.var_dir = Path("elsewhere")  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.actors[Actor.JP] = settings.actors[Actor.KR]  # type: ignore[index]


def test_a_feed_has_the_defaults_of_its_documentation(tmp_path: Path) -> None:
    (feed,) = config(tmp_path).feeds
    assert (feed.name, feed.url, feed.kind, feed.terms) == (
        "A feed",
        "https://paper.example/rss",
        FeedKind.DAILY,
        Terms.HEADLINES,
    )
    assert (feed.source, feed.lang, feed.timezone, feed.min_gap_s) == (None, None, "UTC", 1.0)
    assert (feed.cookies, feed.verify_tls, feed.allow_private) == (False, True, False)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "+09:00", "-03:30", "+9", "+14:00", "-1"])
def test_a_zone_is_a_name_or_an_offset(tmp_path: Path, zone: str) -> None:
    (feed,) = config(tmp_path, feeds=f"feeds:{FEED}    timezone: '{zone}'\n").feeds
    assert feed.timezone == zone


@pytest.mark.parametrize(
    "zone",
    ["Tokyo", "Asia", "", "+15:00", "+09:99", "+9:5", "+²", "+09:00:00", "-", "../Asia/Tokyo", "9", "null", "[UTC]"],
)
def test_a_zone_that_is_none_is_named(tmp_path: Path, zone: str) -> None:
    written = zone if zone in {"9", "null", "[UTC]"} else f"'{zone}'"
    error = wrong(tmp_path, feeds=f"feeds:{FEED}    timezone: {written}\n")
    assert error.startswith(f"{tmp_path / 'feeds.yaml'}: feeds[0] (A feed).timezone: ")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("coutnry: JP", "feeds[0] (A feed).coutnry: no such key; see config/README.md"),
        ("cookies: perhaps", "feeds[0] (A feed).cookies: "),
        ("min_gap: -1", "feeds[0] (A feed).min_gap: "),
        ("min_gap: soon", "feeds[0] (A feed).min_gap: "),
        ("lang: 7", "feeds[0] (A feed).lang: "),
    ],
)
def test_a_key_of_a_feed_that_is_wrong_is_named(tmp_path: Path, line: str, key: str) -> None:
    assert wrong(tmp_path, feeds=f"feeds:{FEED}    {line}\n").startswith(f"{tmp_path / 'feeds.yaml'}: {key}")


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("kind: daily", "kind: weekly", "kind"),
        ("terms: headlines", "terms: all", "terms"),
        ("https://paper.example/rss", "paper.example/rss", "url"),
        ("https://paper.example/rss", "ftp://paper.example/rss", "url"),
        ("    country: JP\n", "", "country"),
    ],
)
def test_a_value_of_a_feed_that_cannot_be_is_named(tmp_path: Path, before: str, after: str, key: str) -> None:
    error = wrong(tmp_path, feeds=f"feeds:{FEED.replace(before, after)}")
    assert error.startswith(f"{tmp_path / 'feeds.yaml'}: feeds[0] (A feed).{key}: ")


def test_two_feeds_of_one_name_are_refused(tmp_path: Path) -> None:
    error = wrong(tmp_path, feeds=f"feeds:{FEED}{FEED}")
    assert error == f"{tmp_path / 'feeds.yaml'}: feeds: A feed stands twice; names are unique"


def test_a_row_that_is_no_mapping_is_named_by_its_number(tmp_path: Path) -> None:
    assert wrong(tmp_path, feeds="feeds: [1]").startswith(f"{tmp_path / 'feeds.yaml'}: feeds[0]: ")
    nameless = wrong(tmp_path, feeds="feeds: [{url: https://paper.example/rss}]")
    assert nameless.startswith(f"{tmp_path / 'feeds.yaml'}: feeds[0].name: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("feeds: [", "not valid YAML"),
        ("feeds: 'open", "not valid YAML"),
        ("- a\n- b\n", "a mapping is wanted at the top"),
        ("", "a mapping is wanted at the top"),
        ("feeds: {}\n", "one key is wanted, `feeds:`, with a list"),
        ("feed: []\n", "one key is wanted, `feeds:`, with a list"),
        ("feeds: []\nmore: []\n", "one key is wanted, `feeds:`, with a list"),
        ("feeds: !!python/object:os.system {}\n", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    assert wrong(tmp_path, feeds=text).startswith(f"{tmp_path / 'feeds.yaml'}: {words}")


def test_bytes_that_are_no_text_and_dates_that_are_none_are_faults_of_their_file(tmp_path: Path) -> None:
    config(tmp_path)
    (tmp_path / "feeds.yaml").write_bytes(b"feeds: \xff\xfe\n")
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / 'feeds.yaml'}: not valid YAML")):
        load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)})
    assert wrong(tmp_path, feeds="feeds: 2026-13-45\n").startswith(f"{tmp_path / 'feeds.yaml'}: not valid YAML")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / 'feeds.yaml'}: No such file or directory")):
        load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)})
    (tmp_path / "feeds.yaml").write_text(f"feeds:{FEED}", encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / 'sources.yaml'}: No such file or directory")):
        load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("sources", "sources: [{name: A, owner: nobody, country: JP, tier: 1}]", "sources[0] (A).owner"),
        ("sources", "sources: [{name: A, owner: state, country: JP, tier: 4}]", "sources[0] (A).tier"),
        ("poll", "contact: me\ninterval_minutes: 0\n", "interval_minutes"),
        ("poll", "contact: me\nintervall: 3\n", "intervall"),
        ("poll", "interval_minutes: 30\n", "contact"),
        ("detect", "min_stories: few\n", "min_stories"),
        ("digest", "sender: a\nlist_id: b\ntimezone: Kyiv\n", "timezone"),
        ("routes", "routes: [{name: A, channel: b, actors: [UA]}]", "routes[0] (A).actors"),
        ("routes", "routes: [{name: A, channel: b, min_certainty: 2}]", "routes[0] (A).min_certainty"),
        (
            "actors",
            "actors: [{id: JP, labels: {en: Japan}, capital: {en: Tokyo, uk: Токіо}}]",
            "actors[0] (JP).timezone",
        ),
    ],
)
def test_every_file_is_checked(tmp_path: Path, name: str, text: str, key: str) -> None:
    assert wrong(tmp_path, **{name: text}).startswith(f"{tmp_path / name}.yaml: {key}")


def test_an_actor_that_is_missing_is_named(tmp_path: Path) -> None:
    actors = "actors: [{id: JP, labels: {en: Japan}, capital: {en: Tokyo, uk: Токіо}, timezone: Asia/Tokyo}]"
    assert wrong(tmp_path, actors=actors) == f"{tmp_path / 'actors.yaml'}: actors: CN, KP, KR, TW missing"


def test_a_concept_stands_in_one_file_alone(tmp_path: Path) -> None:
    folder = tmp_path / "concepts"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text("concepts: [{id: it, kind: word, forms: {en: [it]}}]", encoding="utf-8")
    error = wrong(tmp_path)
    assert error == f"{folder / 'b.yaml'}: concepts: it stands already in {folder / 'a.yaml'}"
    (folder / "b.yaml").write_text("concepts: [{id: two, kind: thing, forms: {}}]", encoding="utf-8")
    assert wrong(tmp_path).startswith(f"{folder / 'b.yaml'}: concepts[0] (two).kind: ")
    (folder / "b.yaml").unlink()
    assert [concept.id for concept in config(tmp_path).concepts] == ["it"]


def test_the_environment_names_places(tmp_path: Path) -> None:
    settings = load(
        {
            "STANCEWATCH_VAR_DIR": str(tmp_path),
            "STANCEWATCH_SHARED": "/shared",
            "STANCEWATCH_PUBLIC_URL": "https://watch.example",
            "STANCEWATCH_SECRET_KEY": "k" * 32,
            "STANCEWATCH_CONFIG_DIR": "",
            "HOME": "/root",
        }
    )
    assert settings.var_dir == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path / 'stancewatch.db'}"
    assert (settings.shared_dir, settings.public_url) == (Path("/shared"), "https://watch.example")
    assert load({"STANCEWATCH_DATABASE_URL": "postgresql://db/x"}).database_url == "postgresql://db/x"


def test_mail_and_slack_are_set_by_the_environment() -> None:
    settings = load(
        {
            "STANCEWATCH_SMTP_HOST": "mail.example",
            "STANCEWATCH_SMTP_PORT": "25",
            "STANCEWATCH_SMTP_USER": "desk",
            "STANCEWATCH_SMTP_PASSWORD": "word",
            "STANCEWATCH_SMTP_FROM": "desk@watch.example",
            "STANCEWATCH_SMTP_STARTTLS": "No",
            "SLACK_BOT_TOKEN": "xoxb-1",
            "STANCEWATCH_SLACK_BASE_URL": "http://127.0.0.1:1/",
        }
    )
    smtp = settings.smtp
    assert (smtp.host, smtp.port, smtp.user, smtp.password, smtp.sender, smtp.tls) == (
        "mail.example", 25, "desk", "word", "desk@watch.example", Tls.NONE,
    )  # fmt: skip
    assert (settings.slack.token, settings.slack.base_url) == ("xoxb-1", "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"STANCEWATCH_CONFIGDIR": "x"}, "environment: STANCEWATCH_CONFIGDIR is not a setting; known are "),
        ({"STANCEWATCH_VAR_DIR_FILE": "x"}, "environment: STANCEWATCH_VAR_DIR_FILE is not a setting"),
        ({"STANCEWATCH_SMTP_PORT": "smtp"}, "environment: STANCEWATCH_SMTP_PORT=smtp is not a port number"),
        ({"STANCEWATCH_SMTP_PORT": "0"}, "environment: STANCEWATCH_SMTP_PORT=0 "),
        ({"STANCEWATCH_SMTP_PORT": "65536"}, "environment: STANCEWATCH_SMTP_PORT=65536 "),
        ({"STANCEWATCH_SMTP_PORT": "²"}, "environment: STANCEWATCH_SMTP_PORT=² "),
        ({"STANCEWATCH_PUBLIC_URL": "https://x.example"}, "STANCEWATCH_PUBLIC_URL needs STANCEWATCH_SECRET_KEY"),
        ({"STANCEWATCH_SECRET_KEY": "short"}, "STANCEWATCH_SECRET_KEY is shorter than 32 characters"),
        ({"STANCEWATCH_SMTP_STARTTLS": "perhaps"}, "environment: STANCEWATCH_SMTP_STARTTLS=perhaps: say 1 or 0"),
    ],
)
def test_a_variable_that_is_wrong_is_named(environ: Mapping[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        load(environ)


def test_every_variable_that_is_known_is_accepted() -> None:
    values = {name: "1" for name in KNOWN_VARIABLES if name != "STANCEWATCH_CONFIG_DIR"}
    values |= {"STANCEWATCH_SECRET_KEY": "k" * 32}
    assert load(values).smtp.port == 1


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("xoxb-from-file\n", encoding="utf-8")
    assert load({"SLACK_BOT_TOKEN_FILE": str(secret)}).slack.token == "xoxb-from-file"
    assert load({"SLACK_BOT_TOKEN_FILE": str(secret), "SLACK_BOT_TOKEN": "x"}).slack.token == "xoxb-from-file"
    assert load({"STANCEWATCH_DATABASE_URL_FILE": str(secret)}).database_url == "xoxb-from-file"
    assert load({"STANCEWATCH_SMTP_PASSWORD_FILE": str(secret)}).smtp.password == "xoxb-from-file"


def test_a_secrets_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing", tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=re.escape(f"SLACK_BOT_TOKEN_FILE={missing}: No such file")):
        load({"SLACK_BOT_TOKEN_FILE": str(missing)})
    with pytest.raises(ConfigError, match=re.escape(f"SLACK_BOT_TOKEN_FILE={binary}: not text; name a readable file")):
        load({"SLACK_BOT_TOKEN_FILE": str(binary)})


def test_an_edition_names_an_outlet_of_the_same_file(tmp_path: Path) -> None:
    paper = "{name: A paper, owner: private, country: JP, tier: 1}"
    edition = "{name: An edition, owner: private, country: JP, tier: 1, edition_of: A paper}"

    assert config(tmp_path, sources=f"sources: [{paper}, {edition}]").sources[1].edition_of == "A paper"
    assert "sources[0] (An edition).edition_of: A paper" in wrong(tmp_path, sources=f"sources: [{edition}]")
    further = edition.replace("An edition", "A third").replace("A paper", "An edition")
    assert "(A third).edition_of" in wrong(tmp_path, sources=f"sources: [{paper}, {edition}, {further}]")


def test_a_name_belongs_to_one_outlet(tmp_path: Path) -> None:
    rows = (
        "{name: A, owner: private, country: JP, tier: 1}",
        "{name: B, owner: private, country: JP, tier: 1, aliases: [A]}",
    )

    assert "sources[1] (B).aliases: A stands already for A" in wrong(tmp_path, sources=f"sources: [{', '.join(rows)}]")


def test_a_feed_says_whom_it_lets_one_hear(tmp_path: Path) -> None:
    feeds = f"feeds:{FEED}    voices: {{JP: [government], KP: []}}"

    assert config(tmp_path, feeds=feeds).feeds[0].voices == {Actor.JP: (Voice.GOVERNMENT,), Actor.KP: ()}
    assert "voices.JP" in wrong(tmp_path, feeds=f"feeds:{FEED}    voices: {{JP: [king]}}")


def test_the_codebook_misses_no_label(tmp_path: Path) -> None:
    told = (ROOT / "config" / "codebook.yaml").read_text(encoding="utf-8")
    (tmp_path / "codebook.yaml").write_text(told.rpartition("  taiwan_analogy:")[0], encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text("feeds: []", encoding="utf-8")
    (tmp_path / "sources.yaml").write_text("sources: []", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"codebook\.yaml: .*tracks: no meaning of taiwan_analogy"):
        load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)})


def test_whoever_settles_is_named_as_slack_names_people(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: []", encoding="utf-8")
    (tmp_path / "sources.yaml").write_text("sources: []", encoding="utf-8")
    routes = "routes: [{name: desk, channel: '#desk'}]\ndesk_head: "
    for head, said in (("U000HEAD", "U000HEAD"), ("'@anna'", None)):
        (tmp_path / "routes.yaml").write_text(routes + head, encoding="utf-8")
        if said:
            assert load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)}).desk_head == said
        else:
            with pytest.raises(ConfigError, match="desk_head: @anna is no member of Slack"):
                load({"STANCEWATCH_CONFIG_DIR": str(tmp_path)})
