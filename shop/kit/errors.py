"""The small family of errors that the shop raises deep and renders in one place.

A message is an English message id with %(name)s places for the facts. Faces translate the id and fill in the
facts; `str()` gives the English sentence, for logs and commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from shop.kit.text import msg


class ShopError(Exception):
    """Something that the shop refuses, in a sentence that a person can act on."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = HTTPStatus.BAD_REQUEST
    default_message: ClassVar[str] = msg("That did not work.")

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        self.message = message or self.default_message
        self.facts = facts
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message % self.facts if self.facts else self.message


class NotFound(ShopError):
    """Absent, or somebody else's: the two must look the same."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    default_message = msg("There is nothing here.")


class NotAllowed(ShopError):
    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN
    default_message = msg("You are not allowed to do this.")


class Conflict(ShopError):
    """The world has moved on: what was asked no longer fits."""

    code = "conflict"
    status = HTTPStatus.CONFLICT
    default_message = msg("This has changed meanwhile. Please look again.")


class InvalidInput(ShopError):
    """What was typed cannot be right; `errors` names the fields, each with its message id."""

    code = "invalid_input"
    status = HTTPStatus.BAD_REQUEST
    default_message = msg("Please check what you entered.")

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        errors: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.field = field
        self.errors: dict[str, str] = dict(errors or {})
        if field is not None:
            self.errors.setdefault(field, self.message)


class TooMany(ShopError):
    """Too often; `retry_after` is in seconds."""

    code = "too_many"
    status = HTTPStatus.TOO_MANY_REQUESTS
    default_message = msg("Too many attempts. Please wait a little and try again.")

    def __init__(self, message: str | None = None, *, retry_after: int = 60, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class Unavailable(ShopError):
    """Busy or down for a moment; the same request may work soon. `retry_after` is in seconds."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    default_message = msg("The shop is busy for a moment. Please try again.")

    def __init__(self, message: str | None = None, *, retry_after: int = 5, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after
