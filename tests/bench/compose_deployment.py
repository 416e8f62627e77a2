"""A copy of the project as a clone would be, Compose in it, and what is asked of its containers and its database."""

import json
import re
import shutil
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import Parser
from pathlib import Path
from threading import Event, Thread

import yaml

from pipeline.digest import due
from pipeline.settings import ROOT
from tests.bench import compose_engine, compose_outside, day_one
from tests.bench.figures import Figures

IMAGE = "stancewatch:bench"
SUBSCRIBER = "desk@stancewatch.example"
_PROJECT = "stancewatch-bench"
_OURS = ("--filter", f"label=com.docker.compose.project={_PROJECT}")
_PORTS = ("AIRFLOW_PORT", "WEB_PORT", "METRICS_PORT", "OUTSIDE_PORT")
_CONTAINER = re.compile(rf"^{_PROJECT}[-_](.+?)[-_](\d+)$")
_MAIL = re.compile(
    r"^-+ MESSAGE FOLLOWS -+\n(?:mail options: .*\n\n)?(.*?)^-+ END MESSAGE -+$", re.MULTILINE | re.DOTALL
)
_UNITS = {"B": 1e-6, "KiB": 1 / 1024, "MiB": 1, "GiB": 1024}
_A_WEEK_PASSES = """
DO $$ DECLARE moment record; BEGIN
  FOR moment IN SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' LOOP
    EXECUTE format('UPDATE %1$I SET %2$I = %2$I - interval ''7 days''', moment.table_name, moment.column_name);
  END LOOP;
END $$
"""


class Deployment:
    def __init__(self, folder: Path, environ: dict[str, str], *, stand_ins: bool) -> None:
        self.folder, self.environ, self.stand_ins = folder, environ, stand_ins
        self.ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        beside = ["outside.yml", *(["images.yml"] if stand_ins else [])]
        files = ["docker-compose.yml", *(f"tests/bench/compose_stand_ins/{name}" for name in beside)]
        self.call = [
            *compose_engine.compose(environ), "-p", _PROJECT, *(word for file in files for word in ("-f", file)),
        ]  # fmt: skip
        self.address = f"http://127.0.0.1:{self.ports['AIRFLOW_PORT']}"
        self.outside = f"http://127.0.0.1:{self.ports['OUTSIDE_PORT']}"

    def prepare(self) -> list[str]:
        """Do what the guide says comes before the first start, with this world's addresses. Return what is next."""
        left = shutil.ignore_patterns(
            ".venv", ".git", "var", "secrets", ".env", "__pycache__", ".*_cache", ".hypothesis"
        )
        shutil.copytree(ROOT, self.folder, ignore=left)
        subprocess.run(["./run", "secrets"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        self._configure(self.folder / "config-bench")
        for name in ("slack_bot_token", "slack_app_token"):
            token = compose_outside.PLACE.token if name == "slack_bot_token" else compose_outside.PLACE.app_token
            (self.folder / "secrets" / name).write_text(token, encoding="utf-8")
        told = {
            "COMPOSE_PROFILES": "mail,slack",
            "STANCEWATCH_CONFIG": "./config-bench",
            "STANCEWATCH_VERSION": IMAGE.partition(":")[2],
            "STANCEWATCH_SLACK_BASE_URL": compose_outside.SLACK,
            **{name: str(port) for name, port in self.ports.items()},
        }
        example = (self.folder / ".env.example").read_text(encoding="utf-8")
        lines = [line for line in example.splitlines() if line.partition("=")[0] not in told]
        lines += [f"{name}={value}" for name, value in told.items()]
        (self.folder / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return ["docker-compose build", "docker-compose up -d"]

    def _configure(self, config: Path) -> None:
        config.mkdir()
        day_one.configure(config, compose_outside.ADDRESSES)
        digest = yaml.safe_load((ROOT / "config" / "digest.yaml").read_text(encoding="utf-8"))
        now = datetime.now(UTC)  # noqa: TID251 - the pipeline under test lives now
        # before Monday 08:00 no issue is due; then it is Sunday in Honolulu
        zone = next(zone for zone in (digest["timezone"], "Pacific/Honolulu") if due.issue(now, zone))
        subscribed = {**digest, "timezone": zone, "subscribers": [SUBSCRIBER]}
        (config / "digest.yaml").write_text(json.dumps(subscribed), encoding="utf-8")

    def count(self, rows: str) -> int:
        """Count a table's rows; none while there is no table yet."""
        try:
            return int(self.query(f"SELECT count(*) FROM {rows}") or 0)  # noqa: S608 - ours
        except RuntimeError:
            return 0

    def query(self, sql: str) -> str:
        postgres = self.docker("ps", "-q", *_OURS, "--filter", "label=com.docker.compose.service=postgres").strip()
        return self.docker("exec", postgres, "psql", "-qtA", "-U", "stancewatch", "-c", sql).strip()

    def let_a_week_pass(self) -> None:
        """Move every moment that is written down back by a week: for the pipeline the same as a week gone by."""
        self.query(_A_WEEK_PASSES)

    def mails(self) -> list[EmailMessage]:
        """Read what the mail sink printed."""
        sink = self.docker("ps", "-q", *_OURS, "--filter", "label=com.docker.compose.service=mail").strip()
        return [Parser(policy=policy.default).parsestr(text) for text in _MAIL.findall(self.docker("logs", sink))]

    def states(self, memory: dict[str, list[float]]) -> list[Figures]:
        """List every container: its state, how often it was restarted, the memory it took at most and may take."""
        rows = []
        for one in self.inspected():
            name, state = one["Name"].strip("/"), one["State"]
            rows.append(
                {
                    "container": short(name),
                    "host": one["Config"]["Hostname"],
                    "state": state.get("Health", {}).get("Status") or state["Status"],
                    "exit": state["ExitCode"],
                    "restarts": one["RestartCount"],
                    "mb": max(memory.get(name, [0])),
                    "limit_mb": round(one["HostConfig"]["Memory"] / 2**20),
                }
            )
        return sorted(rows, key=lambda row: str(row["container"]))

    def inspected(self) -> list[Figures]:
        found: list[Figures] = json.loads(self.docker("inspect", *self.docker("ps", "-aq", *_OURS).split()))
        return found

    @contextmanager
    def weighed(self) -> Iterator[dict[str, list[float]]]:
        """Weigh every container now and then; yields the weights in MB, by container and in total."""
        weights: dict[str, list[float]] = defaultdict(lambda: [0.0])
        ended = Event()

        def weigh() -> None:
            while not ended.wait(5):
                said = self.docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}").splitlines()
                now = {line.split()[0]: megabytes(line.split()[1]) for line in said if line.startswith(_PROJECT)}
                for name, weight in now.items():
                    weights[name].append(weight)
                weights["total"].append(round(sum(w for name, w in now.items() if short(name) != "outside")))

        thread = Thread(target=weigh)
        thread.start()
        try:
            yield weights
        finally:
            ended.set()
            thread.join()

    def compose(self, *words: str) -> str:
        return self.called([*self.call, *words])

    def docker(self, *words: str) -> str:
        return self.called(["docker", *words])

    def called(self, command: Sequence[str]) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[-4:])}: {done.stderr[-2_000:]}")
        return done.stdout


def since(moment: float) -> float:
    return round(time.monotonic() - moment, 1)


def short(name: str) -> str:
    """Leave out the project, and the number where there is but one."""
    found = _CONTAINER.match(name)
    return name if found is None else found[1] if found[2] == "1" else f"{found[1]} {found[2]}"


def megabytes(text: str) -> float:
    """Read what ``docker stats`` prints: ``12.5MiB``."""
    found = re.match(r"([\d.]+)([A-Za-z]+)", text)
    return round(float(found[1]) * _UNITS.get(found[2], 0.0), 1) if found else 0.0


def free_ports(count: int) -> list[int]:
    """Find ports below those that the system hands out by itself."""
    found: list[int] = []
    for port in range(18_000, 32_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free port")
