"""Models of a service, for `guardc shape`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=20)
    qty: int = Field(ge=1)


class Ticket(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: str = Field(json_schema_extra={"format": "email"})
    priority: Literal["low", "high"] = "low"
    items: list[Item]
    note: str | None = None


class Tags(BaseModel):
    tags: set[str]
