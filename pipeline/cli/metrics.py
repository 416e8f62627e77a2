"""How the work stands, for Prometheus: printed once, or served on a port of this machine."""

import argparse
import sys
from contextlib import closing

from pipeline import bootstrap
from pipeline.metrics import metrics_text, serve


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("--port", type=int, metavar="PORT", help="serve /metrics here; left out: print once")
    parser.add_argument(
        "--address", default="127.0.0.1", metavar="IP", help="bind here (127.0.0.1); never a public one"
    )


def metrics(arguments: argparse.Namespace) -> int:
    """Print or serve."""
    with closing(bootstrap.services()) as services:
        if arguments.port is None:
            sys.stdout.write(metrics_text(services).decode())
            return 0
        _, thread = serve(services, arguments.port, arguments.address)
        print(f"http://{arguments.address}:{arguments.port}/metrics", flush=True)
        thread.join()
    return 0
