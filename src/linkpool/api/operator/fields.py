# SPDX-License-Identifier: MIT
"""What requests may contain: text that every database takes, numbers that fit."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

BIGGEST: Final = 2**63 - 1
DEEPEST: Final = 64


def clean(text: str) -> str:
    """No NUL, no half of a surrogate pair: databases and JSON refuse them."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds characters that no text has")
    return text


def clean_all(value: Any, depth: int = 0) -> Any:
    """The same for all the text within."""
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        clean(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            clean(key)
            clean_all(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            clean_all(item, depth + 1)
    elif isinstance(value, float) and value - value != 0:
        raise ValueError("holds a number that JSON has not")
    return value


Text = Annotated[str, AfterValidator(clean)]
Name = Annotated[str, Path(max_length=400), AfterValidator(clean)]
Number = Annotated[int, Path(ge=1, le=BIGGEST)]
Block = Annotated[int, Path(ge=0, le=BIGGEST)]
Anything = Annotated[Any, AfterValidator(clean_all)]


class Body(BaseModel):
    """Fields that are not known are left alone: other clients send more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Login(Body):
    email: Text = Field(max_length=256)
    password: Text = Field(max_length=1024)
