"""Starts a standalone Airflow on this project's configuration, offline, and says how to log in."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HEALTHY_WITHIN_S = 180


def standalone(arguments: argparse.Namespace) -> int:
    """Run until interrupted; every process that Airflow starts goes with it. ``./run`` sets the environment."""
    home = Path(os.environ["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{arguments.port}"
    environ = {
        **os.environ,
        "AIRFLOW__API__PORT": str(arguments.port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
    }
    with (home / "standalone.log").open("ab") as log:
        # its own process group: killing only the parent leaves the scheduler and the log servers behind
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"], env=environ, stdout=log, stderr=log, start_new_session=True
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            if not _healthy(address, process):
                print(f"Airflow did not start; see {home / 'standalone.log'}", file=sys.stderr)
                return 1
            print(f"Airflow: {address}\n{_login(home)}\nDAGs run by themselves; Ctrl-C stops everything.", flush=True)
            return process.wait()
        except (KeyboardInterrupt, SystemExit):
            return 0
        finally:
            _stop(process)


def _healthy(address: str, process: subprocess.Popen[bytes]) -> bool:
    for _ in range(HEALTHY_WITHIN_S):
        if process.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310 - ours
                health = json.load(answer)
            if all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                return True
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            pass
        time.sleep(1)
    return False


def _login(home: Path) -> str:
    passwords = home / "simple_auth_manager_passwords.json.generated"
    if not passwords.is_file():
        return "log in: as the configuration of its auth manager says"
    known = json.loads(passwords.read_text(encoding="utf-8"))
    return "\n".join(f"log in: {user} / {password}" for user, password in known.items())


def _stop(process: subprocess.Popen[bytes]) -> None:
    for ask in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, ask)
            process.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
