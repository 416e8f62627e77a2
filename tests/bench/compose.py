"""
From nothing to a deployment that works: `docker-compose.yml` as it is, against a world on this machine.

Times the build and the way to the first polled entry; runs ``news_monitor`` on a month of feeds, then on one step of a
government, then ``weekly_digest``; counts what Slack and the mail sink were told, and weighs every container.
"""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import yaml

from pipeline.settings import ROOT
from tests.bench import airflow, compose_engine, compose_outside, day_one
from tests.bench.figures import Figures, table

_PROJECT = "stancewatch-bench"
_OURS = ("--filter", f"label=com.docker.compose.project={_PROJECT}")
_PORTS = ("AIRFLOW_PORT", "WEB_PORT", "METRICS_PORT", "OUTSIDE_PORT")
_IMAGE = "stancewatch:bench"
_KEEPS = ROOT / "var" / "bench" / "compose"
_FIRST_ENTRY_WITHIN_S = 400
_CONTAINER = re.compile(rf"^{_PROJECT}[-_](.+?)[-_]\d+$")
_UNITS = {"B": 1e-6, "KiB": 1 / 1024, "MiB": 1, "GiB": 1024}


def measure() -> Figures:
    with tempfile.TemporaryDirectory() as name, compose_engine.engine(_KEEPS) as environ:
        stand_ins = compose_engine.stand_ins_needed(environ, _KEEPS)
        deployment = Deployment(Path(name) / "clone", environ, stand_ins=stand_ins)
        figures: Figures = {"stand_ins": stand_ins}
        figures["commands"] = ["./run secrets", "cp .env.example .env", *deployment.prepare()]
        try:
            return figures | deployment.booted()
        finally:
            deployment.compose("down", "--volumes", "--timeout", "5")


class Deployment:
    """A copy of the project as a clone would be, and Compose in it."""

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
        (self.folder / "secrets" / "slack_bot_token").write_text(compose_outside.TOKEN, encoding="utf-8")
        config = self.folder / "config-bench"
        config.mkdir()
        day_one.configure(config, {n: f"http://outside:8008/{n}.rss" for n in range(compose_outside.FEEDS)})
        digest = yaml.safe_load((ROOT / "config" / "digest.yaml").read_text(encoding="utf-8"))
        subscribed = json.dumps({**digest, "subscribers": ["desk@stancewatch.example"]})
        (config / "digest.yaml").write_text(subscribed, encoding="utf-8")
        told = {
            "STANCEWATCH_CONFIG": "./config-bench",
            "STANCEWATCH_VERSION": _IMAGE.partition(":")[2],
            "STANCEWATCH_SLACK_BASE_URL": "http://outside:8008/api/",
            **{name: str(port) for name, port in self.ports.items()},
        }
        example = (self.folder / ".env.example").read_text(encoding="utf-8")
        lines = [line for line in example.splitlines() if line.partition("=")[0] not in told]
        lines += [f"{name}={value}" for name, value in told.items()]
        (self.folder / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return ["docker-compose build", "docker-compose up -d"]

    def booted(self) -> Figures:
        """Build, start, run the DAGs; return the figures."""
        figures: Figures = {}
        if self.stand_ins:
            self.compose("build", "--quiet", "postgres", "redis")
        began = time.monotonic()
        self.compose("build", "--quiet", "--no-cache", "migrate")
        figures["build_s"] = since(began)
        with self.weighed() as memory:
            started = time.monotonic()
            self.compose("up", "-d")
            figures["up_s"] = since(started)
            figures["first_entry_s"] = self.first_entry(started)
            figures["from_nothing_s"] = since(began)
            figures |= self.ran()
        figures["image_mb"] = round(int(self.docker("image", "inspect", "-f", "{{.Size}}", _IMAGE)) / 1e6)
        figures["containers"] = self.states(memory)
        figures["memory_mb"] = max(memory.pop("total"))
        return figures

    def first_entry(self, started: float) -> float | None:
        while since(started) < _FIRST_ENTRY_WITHIN_S:
            if self.count("entries"):
                return since(started)
            time.sleep(1)
        return None

    def ran(self) -> Figures:
        """Wait for the first run, of the schedule; then a step is taken, and the monitor and the digest run again."""
        password = (self.folder / "secrets" / "airflow_admin_password").read_text(encoding="utf-8").strip()
        token = airflow.token_of(self.address, ("admin", password))
        airflow.run_to_its_end(self.address, token, "news_monitor")
        before = self.said()
        airflow.ask(f"{self.outside}/step", body={})
        airflow.run_to_its_end(self.address, token, "news_monitor")
        airflow.run_to_its_end(self.address, token, "weekly_digest")
        return {
            "runs": airflow.every_run(self.address, token),
            "entries": self.count("entries"),
            "articles": self.count("articles"),
            "slack_messages_of_the_month": before,
            "slack_messages_of_the_step": self.said() - before,
            "mails": self.compose("logs", "mail").count("MESSAGE FOLLOWS"),
        }

    def said(self) -> int:
        return sum(len(said) for said in airflow.ask(f"{self.outside}/said").values())

    def count(self, rows: str) -> int:
        """Count a table's rows; none while there is no table yet."""
        query = f"SELECT count(*) FROM {rows}"  # noqa: S608 - ours
        try:
            postgres = self.docker("ps", "-q", *_OURS, "--filter", "label=com.docker.compose.service=postgres").strip()
            said = self.docker("exec", postgres, "psql", "-qtA", "-U", "stancewatch", "-c", query)
        except RuntimeError:
            return 0
        return int(said.strip() or 0)

    def states(self, memory: dict[str, list[float]]) -> list[Figures]:
        """List every container: its state, how often it was restarted, the memory it took at most and may take."""
        ids = self.docker("ps", "-aq", *_OURS).split()
        rows = []
        for one in json.loads(self.docker("inspect", *ids)):
            name, state = one["Name"].strip("/"), one["State"]
            rows.append(
                {
                    "container": short(name),
                    "state": state.get("Health", {}).get("Status") or state["Status"],
                    "exit": state["ExitCode"],
                    "restarts": one["RestartCount"],
                    "mb": max(memory.get(name, [0])),
                    "limit_mb": round(one["HostConfig"]["Memory"] / 2**20),
                }
            )
        return sorted(rows, key=lambda row: str(row["container"]))

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
        return self.called([*self.call, "--profile", "mail", *words])

    def docker(self, *words: str) -> str:
        return self.called(["docker", *words])

    def called(self, command: Sequence[str]) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[-4:])}: {done.stderr[-2_000:]}")
        return done.stdout


def show(figures: Figures) -> str:
    runs = [
        {**run, "tasks": " ".join(f"{name}:{task['seconds']}" for name, task in run["tasks"].items())}
        for run in figures["runs"]
    ]
    counted = ("build_s", "up_s", "first_entry_s", "from_nothing_s", "image_mb", "memory_mb", "entries", "articles")
    counted += ("slack_messages_of_the_month", "slack_messages_of_the_step", "mails")
    images = "stand-ins from Debian's packages" if figures["stand_ins"] else "the official images"
    return "\n\n".join(
        [
            f"{'; '.join(figures['commands'])}\nPostgreSQL, Redis and Python: {images}",
            table(("figure", "value"), [{"figure": name, "value": figures[name]} for name in counted]),
            table(("container", "state", "exit", "restarts", "mb", "limit_mb"), figures["containers"]),
            table(("dag", "by", "state", "seconds", "tasks"), runs),
        ]
    )


def since(moment: float) -> float:
    return round(time.monotonic() - moment, 1)


def short(name: str) -> str:
    found = _CONTAINER.match(name)
    return found[1] if found else name


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
