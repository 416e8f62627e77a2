"""The public pages, served until interrupted."""

import argparse

from pipeline import bootstrap


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may be given."""
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1: what encrypts stands in front of it")
    parser.add_argument("--port", type=int, default=8000)


def web(arguments: argparse.Namespace) -> int:
    """Serve; a missing secret is said before anything listens."""
    from pipeline.web import serve  # noqa: PLC0415 - FastAPI costs 0.4 s, which every other verb would wait for

    services = bootstrap.services()
    try:
        slack = bootstrap.answers(services).over_http if services.settings.slack.signing_secret else None
        serve.serve(services, arguments.host, arguments.port, slack)
    finally:
        services.close()
    return 0
