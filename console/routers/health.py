"""Is the console alive: for monitoring, without details for strangers."""

from fastapi import Request
from starlette.responses import JSONResponse, Response

from console.person import Db
from console.routers.metrics import admitted
from console.routing import Screen
from storage.exceptions import StorageError

router = Screen()


@router.get("/health")
def health(request: Request, db: Db) -> Response:
    """``{"ok": true}``, or 503 when the database cannot be read; each part for whom the configuration admits."""
    service = admitted(request)
    if service is not None:
        facts = service.health()
        return JSONResponse(facts, status_code=200 if facts["ok"] else 503)
    try:
        with db.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except StorageError:
        return JSONResponse({"ok": False}, status_code=503)
    return JSONResponse({"ok": True})
