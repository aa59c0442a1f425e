"""Before something is added that opens the account, its e-mail address is proved; `accounts.first_proof` says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from flask import flash, render_template, request
from flask_babel import gettext as _

from shop.accounts.contact_change import ContactKind
from shop.accounts.errors import EmailNotProved
from shop.accounts.events import DroppedWay
from shop.accounts.one_time_codes import LIFETIME
from shop.notifications.what_stays import WhatStays
from shop.web.account.campus_entry import waiting_person
from shop.web.browser_secret import remembered
from shop.web.error_pages import wants_json
from shop.web.filters import status_word
from shop.web.guards import way_back
from shop.web.phrases import language
from shop.web.viewer import current_viewer
from shop.web.what_stays import stays_in_words

View = TypeVar("View", bound=Callable[..., Any])


def after_email(view: View) -> View:
    """Who has not proved the address gets a page instead that sends the letter with the code; stands below the guards."""

    @wraps(view)
    def careful(*args: Any, **kwargs: Any) -> Any:
        if not current_viewer().email_waits:
            return view(*args, **kwargs)
        if wants_json():
            raise EmailNotProved()
        return email_first(), 200 if request.method == "GET" else EmailNotProved.status

    return careful  # type: ignore[return-value]  # it has the view's signature


def email_first(wanted: str | None = None) -> str:
    """`wanted`: where it goes on when the code was right; this page, if nothing else is said."""
    return render_template(
        "account/email_first.html",
        email=current_viewer().email,
        wanted=way_back() if wanted is None else wanted,
        to_be_linked=waiting_person(to_be_linked=True),
    )


def code_awaited() -> bool:
    """Whether this browser has asked for the letter of a moment ago."""
    asked = remembered(asked_for(ContactKind.EMAIL), LIFETIME)
    return asked is not None and asked[0] == current_viewer().email


def asked_for(kind: ContactKind) -> str:
    """The place in the cookie for the contact to which a code went."""
    return f"new_{kind}"


def say_dropped(dropped: Iterable[DroppedWay]) -> None:
    """What somebody has to add again, if it was theirs."""
    gone = [status_word(way, "dropped_way") for way in dropped]
    if gone:
        flash(
            _(
                "Your e-mail address was not confirmed before, so what was tied to the account until now is gone: %(what)s. What is yours you can add again.",
                what=_joined(gone),
            ),
            "warn",
        )


def say_left(stays: WhatStays) -> None:
    """What stays of an account that somebody else may have made: its owner has to look at it. Nothing for nothing."""
    words = stays_in_words(stays)
    if words:
        flash(
            _(
                "What else is in the account stays, in case it is yours: %(what)s. Please look through My account, and write to us about what is not yours.",
                what=_joined(words),
            ),
            "warn",
        )


def _joined(words: list[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(words)
