"""Door: listens. The log has no paths: a token in one opens a page."""

import uvicorn

from pipeline.domain import RefusalError
from pipeline.services import Services
from pipeline.web.app import OverHttp, pages


def serve(services: Services, host: str, port: int, slack: OverHttp | None) -> None:
    """Serve the pages until interrupted. Raises `RefusalError` where links cannot be signed."""
    if services.settings.secret_key is None:
        raise RefusalError("web: set STANCEWATCH_SECRET_KEY, which the links are signed with; `openssl rand -hex 32`")
    uvicorn.run(
        pages(services, slack),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_level="warning",
        workers=1,
    )
