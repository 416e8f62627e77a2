"""
A Docker engine that answers, and the images that it cannot pull.

The machine's own engine if there is one; else, for root where ``dockerd`` is installed, one that keeps everything
under a folder. Where no registry is reached, stand-ins are made from Debian's packages: they prove our own files,
not the official images.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.settings import ROOT
from tests.bench.figures import Missing

STAND_INS = ROOT / "tests" / "bench" / "compose_stand_ins"
PYTHON = "stancewatch-bench/python"
_STARTS_WITHIN_S = 60
_PULLS_WITHIN_S = 300
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
_PYTHON_IS = "FROM stancewatch-bench/debian\nRUN ln -s /usr/bin/python3 /usr/local/bin/python\n"


@contextmanager
def engine(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the environment in which ``docker`` reaches an engine; one that was started here is stopped again."""
    own = dict(os.environ)
    if _answers(own):
        yield own
        return
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        raise Missing("a Docker engine: none answers here, and to start one this needs root and dockerd")
    folder.mkdir(parents=True, exist_ok=True)
    host = f"unix://{folder / 'docker.sock'}"
    places = {"--data-root": folder / "data", "--exec-root": folder / "exec", "-p": folder / "docker.pid", "-H": host}
    with (folder / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(
            ["dockerd", "--storage-driver=overlay2", *(str(word) for pair in places.items() for word in pair)],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        environ = own | {"DOCKER_HOST": host, "DOCKER_BUILDKIT": "0"}
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not _answers(environ):
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise Missing(f"a Docker engine: dockerd does not start here; see {folder / 'dockerd.log'}")
            time.sleep(0.5)
        yield environ
    finally:
        daemon.terminate()
        daemon.wait()


def compose(environ: dict[str, str]) -> list[str]:
    """Return the words that call Compose: version 2 where there is one."""
    if shutil.which("docker") and _done(["docker", "compose", "version"], environ):
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise Missing("docker compose or docker-compose 1.29")


def stand_ins_needed(environ: dict[str, str], folder: Path) -> bool:
    """Pull what the deployment names. Where one image cannot be pulled, make the base of all stand-ins; return True."""
    if all(_done(["docker", "image", "inspect", name], environ) or _pulled(name, environ) for name in _named()):
        return False
    if not _done(["docker", "image", "inspect", PYTHON], environ):
        _make_base(environ, folder)
    return True


def _named() -> Sequence[str]:
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("docker-compose.yml", "Dockerfile")]
    return sorted(set(re.findall(r"(?:image: |PYTHON_IMAGE=)((?:postgres|redis|python):\S+)", "\n".join(texts))))


def _make_base(environ: dict[str, str], folder: Path) -> None:
    """Debian's Python and this machine's certificates, called as if it were the official image."""
    if not shutil.which("debootstrap"):
        raise Missing("an image registry, or debootstrap to make stand-ins")
    tree = folder / "debian"
    if not (tree / "usr" / "bin" / "pip3").exists():
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", tree],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (tree / "usr/lib/python3.11/EXTERNALLY-MANAGED").unlink(missing_ok=True)
        if _CERTIFICATES.exists():
            shutil.copy(_CERTIFICATES, tree / _CERTIFICATES.relative_to("/"))
    with subprocess.Popen(["tar", "-C", tree, "--numeric-owner", "-c", "."], stdout=subprocess.PIPE) as tar:
        subprocess.run(
            ["docker", "import", "-c", f"ENV PIP_CERT={_CERTIFICATES}", "-", "stancewatch-bench/debian"],
            env=environ, stdin=tar.stdout, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    subprocess.run(
        ["docker", "build", "-q", "-t", PYTHON, "-"],
        env=environ, input=_PYTHON_IS.encode(), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _pulled(name: str, environ: dict[str, str]) -> bool:
    return _done(["docker", "pull", "--quiet", name], environ, _PULLS_WITHIN_S)


def _answers(environ: dict[str, str]) -> bool:
    return shutil.which("docker") is not None and _done(["docker", "info"], environ)


def _done(command: Sequence[str], environ: dict[str, str], seconds: float = 30) -> bool:
    try:
        return subprocess.run(command, env=environ, capture_output=True, timeout=seconds, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
