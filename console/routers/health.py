"""Is the console alive: for monitoring, without details."""

from fastapi import Request
from starlette.responses import JSONResponse, Response

from console.person import Db
from console.routing import Screen
from storage.exceptions import StorageError

router = Screen()


@router.get("/health")
def health(request: Request, db: Db) -> Response:  # noqa: ARG001 -- all handlers begin alike
    """``{"ok": true}``, or 503 when the database cannot be read."""
    try:
        with db.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except StorageError:
        return JSONResponse({"ok": False}, status_code=503)
    return JSONResponse({"ok": True})
