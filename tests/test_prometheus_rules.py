"""
Prometheus's own ``promtool`` on the alert rules: each fires when what it warns of lasts, and not a moment before.

Debian has it in the package ``prometheus``; without it these tests are skipped and say so.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import ROOT

FILE = ROOT / "config" / "prometheus-rules.yaml"
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A metric's life, a value a minute in promtool's notation; fires at the second minute, at the first not yet."""

    series: dict[str, str]
    quiet: int
    fires: int | None
    labels: dict[str, str] = field(default_factory=dict)


LAST, WAITS, NUMBER = "last_success_timestamp_seconds", "waiting_oldest_seconds", "notifications"
CASES = {
    "silent": Case(series={}, quiet=14, fires=15, labels={"verb": "alert"}),
    "silent: it is heard": Case(series={f'{LAST}{{verb="alert"}}': "0x30"}, quiet=30, fires=None),
    "no_pass": Case(series={f'{LAST}{{verb="poll"}}': "0x80"}, quiet=65, fires=66, labels={"verb": "poll"}),
    "no_pass: it passes": Case(series={f'{LAST}{{verb="poll"}}': "0x50 3000x70"}, quiet=110, fires=None),
    # promtool's clock begins at 0: this was two days less two minutes before
    "no_housekeeping": Case(
        series={f'{LAST}{{verb="housekeeping"}}': "-172680x9"}, quiet=2, fires=3, labels={"verb": "housekeeping"}
    ),
    "no_digest": Case(series={"last_issue_timestamp_seconds": "-691080x9"}, quiet=2, fires=3),
    "digest_stands": Case(series={f'{LAST}{{verb="digest"}}': "-14280x9"}, quiet=2, fires=3, labels={"verb": "digest"}),
    "passes_fail": Case(
        series={
            'passes_total{verb="detect",end="begun"}': "0x60 0+1x60",
            'passes_total{verb="detect",end="succeeded"}': "0x120",
            'passes_total{verb="detect",end="busy"}': "0x120",
        },
        quiet=73, fires=76, labels={"verb": "detect"},
    ),
    "passes_fail: one is at work": Case(
        series={
            'passes_total{verb="alert",end="begun"}': "0+2x120",
            'passes_total{verb="alert",end="succeeded"}': "0+1x120",
            'passes_total{verb="alert",end="busy"}': "0+1x120",
        },
        quiet=120, fires=None,
    ),
    "backlog": Case(
        series={f'{WAITS}{{stage="classify"}}': "0+60x120"}, quiet=75, fires=76, labels={"stage": "classify"}
    ),
    "feeds_overdue": Case(
        series={f'{WAITS}{{stage="poll"}}': "0+60x180"}, quiet=135, fires=136, labels={"stage": "poll"}
    ),
    "feeds_fail": Case(
        series={
            "feeds": "10x120",
            'feeds_polled{outcome="temporary"}': "2x30 3x90",
            'feeds_polled{outcome="gone"}': "1x120",
            'feeds_polled{outcome="new"}': "6x120",
        },
        quiet=90, fires=91,
    ),
    "feeds_fail: three in ten are not more": Case(
        series={"feeds": "10x120", 'feeds_polled{outcome="temporary"}': "3x120"}, quiet=120, fires=None
    ),
    "slack_blocked": Case(
        series={f'{NUMBER}{{route="desk",reason="first",state="blocked"}}': "0x5 1x60"}, quiet=15, fires=16
    ),
    "alerts_wait": Case(
        series={f'{WAITS}{{stage="alert"}}': "0+60x60", 'waiting{stage="alert"}': "1x60"},
        quiet=40, fires=41, labels={"stage": "alert"},
    ),
    "alerts_wait: nothing does": Case(
        series={f'{WAITS}{{stage="alert"}}': "0+60x60", 'waiting{stage="alert"}': "0x60"}, quiet=60, fires=None
    ),
    "alerts_failed": Case(
        series={
            f'{NUMBER}{{route="desk",reason="first",state="failed"}}': "_x30 1x180",
            f'{NUMBER}{{route="kr",reason="first",state="failed"}}': "_x100 1x110",
        },
        quiet=29, fires=31,
    ),
    "alerts_failed: long ago": Case(
        series={f'{NUMBER}{{route="desk",reason="first",state="failed"}}': "_x30 1x180"}, quiet=95, fires=None
    ),
    "slow": Case(
        series={'notification_delay_seconds{since="fetch",quantile="0.9"}': "7201x90"},
        quiet=59, fires=60, labels={"since": "fetch", "quantile": "0.9"},
    ),
    "digest_refused": Case(series={'digest_copies{state="failed"}': "1x20 2x20"}, quiet=-1, fires=30),
    "budget_spent": Case(
        series={'route_used_messages{route="desk"}': "5x90", 'route_budget_messages{route="desk"}': "5x90"},
        quiet=59, fires=60, labels={"route": "desk"},
    ),
    "budget_spent: one is left": Case(
        series={'route_used_messages{route="desk"}': "4x90", 'route_budget_messages{route="desk"}': "5x90"},
        quiet=90, fires=None,
    ),
}  # fmt: skip


def alert_of(case: str) -> str:
    return "Stancewatch" + "".join(word.title() for word in case.partition(":")[0].split("_"))


def expected(alert: str, labels: dict[str, str]) -> dict[str, Any]:
    """Say what Alertmanager is told: the rule's own words, with what its template names filled in."""
    words = {
        name: re.sub(r"\{\{ \$labels\.(\w+) }}", lambda found: labels[found[1]], text)
        for name, text in RULES[alert]["annotations"].items()
    }
    return {"exp_labels": labels | RULES[alert]["labels"], "exp_annotations": words}


def test_every_rule_has_a_case_in_which_it_fires() -> None:
    assert {alert_of(name) for name, case in CASES.items() if case.fires is not None} == set(RULES)
    assert {alert_of(name) for name in CASES} == set(RULES)


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run([str(PROMTOOL), "check", "rules", FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(RULES)} rules found" in done.stdout


@needs_promtool
def test_each_alert_fires_when_what_it_warns_of_lasts_and_not_before(tmp_path: Path) -> None:
    tests = []
    for name, case in CASES.items():
        alert = alert_of(name)
        told = [{"eval_time": f"{case.quiet}m", "alertname": alert, "exp_alerts": []}] if case.quiet >= 0 else []
        if case.fires is not None:
            fired = [expected(alert, case.labels)]
            told.append({"eval_time": f"{case.fires}m", "alertname": alert, "exp_alerts": fired})
        series = [{"series": f"stancewatch_{one}", "values": values} for one, values in case.series.items()]
        tests.append({"name": name, "interval": "1m", "input_series": series, "alert_rule_test": told})
    file = tmp_path / "cases.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(FILE)], "tests": tests}), encoding="utf-8")
    done = subprocess.run([str(PROMTOOL), "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
