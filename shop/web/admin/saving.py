"""Pressing a button: one transaction, one sentence, back to where it was pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.done_before import Deed, nothing_new, said_before
from shop.web.database import transact
from shop.web.error_pages import error_message, translated


def act(
    work: Callable[[Session], Any],
    *,
    done: str,
    back: str,
    deed: Deed | None = None,
    now: datetime | None = None,
) -> Response:
    """Do it and say so; what is refused is said in its place, and nothing has changed.

    With the `deed` that it is, done at `now`: where somebody else was faster it is said who; work that was done
    before returns a false value, or leaves the trail as it was.
    """
    try:
        result = transact(work)
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        before = ""
        if deed is not None and now is not None:
            before = said_before(deed, now=now) or (nothing_new() if result in (False, 0) else "")
        flash(before or done, "info" if before else "ok")
    return redirect(back, 303)


def refusal(error: InvalidInput | Conflict) -> str:
    """What was refused, in one line."""
    errors: dict[str, str] = getattr(error, "errors", {})
    if errors:
        return " ".join(translated(message, error.facts) for message in dict.fromkeys(errors.values()))
    return error_message(error)
