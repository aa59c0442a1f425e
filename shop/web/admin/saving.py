"""Pressing a button: one transaction, one sentence, back to where it was pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import transact
from shop.web.error_pages import error_message, translated


def act(work: Callable[[Session], Any], *, done: str, back: str) -> Response:
    """Do it and say so; what is refused is said in its place, and nothing has changed."""
    try:
        transact(work)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(done, "ok")
    return redirect(back, 303)


def refusal(error: InvalidInput | Conflict) -> str:
    """What was refused, in one line."""
    errors: dict[str, str] = getattr(error, "errors", {})
    if errors:
        return " ".join(translated(message, error.facts) for message in dict.fromkeys(errors.values()))
    return error_message(error)
