"""The whole database as one file, and back. Settings, models under var/ and secrets are files of their own."""

import argparse
from pathlib import Path

from pipeline import bootstrap
from pipeline.settings import load
from pipeline.storage.backup import backup, restore


def backup_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="where the file goes (var/backups)")


def restore_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what ./run backup wrote")
    parser.add_argument("--overwrite", action="store_true", help="replace a database that holds data; it is backed up")


def keep(arguments: argparse.Namespace) -> int:
    """Back up; prints the file."""
    settings = load()
    print(backup(settings.database_url, arguments.folder or settings.var_dir / "backups", bootstrap.now()))
    return 0


def bring_back(arguments: argparse.Namespace) -> int:
    """Restore; prints where what was there is kept."""
    settings = load()
    folder = settings.var_dir / "backups" if arguments.overwrite else None
    kept = restore(settings.database_url, arguments.file, bootstrap.now(), overwrite=folder)
    print(f"{arguments.file} is restored" + (f"; what was there is in {kept}" if kept else ""))
    return 0
