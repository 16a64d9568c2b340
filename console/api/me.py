"""Who a token belongs to, and the document of this interface."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict

from console.person import Me
from console.routing import ApiScreen

router = ApiScreen()


class Self(BaseModel):
    """The person behind a token."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    display_name: str
    roles: list[str]


@router.get("/api/v1/me", summary="令牌属于谁")
def me(me: Me) -> Self:
    """The account and the roles that this token has."""
    return Self(id=me.id, name=me.name, display_name=me.display_name, roles=sorted(me.roles))


@router.get("/api/v1/openapi.json", include_in_schema=False)
def document(request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = request.app.openapi()
    return found
