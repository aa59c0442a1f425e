"""Who it is, asked again on the way: a form that was sent is kept, and carried out after the right answer.

The page that asks holds what was typed in hidden fields, in the browser that sent it; nothing of it is stored. It goes
to where the form was going, so the step is taken in the one request that brings the answer as well.
"""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, render_template, request
from flask_babel import lazy_gettext as _
from wtforms import PasswordField

from shop.web.links import page_of_form, safe_next
from shop.web.proofs import FIELDS, ProofForm, prove_again, prove_page, proves

ASKED: Final = "password_again"
MOST_CARRIED: Final = 200_000  # characters; a longer form is not written into a page
NOT_CARRIED: Final = (ASKED, "csrf_token", *FIELDS)
SECRET: Final = ("password", "secret")  # names of fields that no page may hold


class PasswordAgainForm(ProofForm):
    password_again = PasswordField(_("Password"), render_kw={"autocomplete": "current-password"})


def can_be_carried() -> bool:
    """Whether a page may hold the form that was sent: no files, no secrets, not too long."""
    if any(upload.filename for upload in request.files.values()):
        return False
    carried = _carried()
    has_secret = any(word in name for name, _ in carried for word in SECRET)
    return not has_secret and sum(len(name) + len(value) for name, value in carried) <= MOST_CARRIED


def can_answer_here() -> bool:
    """Not who has nothing but a campus account: it answers on another page, which keeps no form."""
    page = prove_page()
    return bool(page["answers_here"] or not page["campus_ways"])


def ask_on_the_way() -> Response | None:
    """None if the form brought the right answer; else the page that asks for it and keeps what was typed."""
    form = PasswordAgainForm()
    if was_asked() and proves(form, ASKED):
        prove_again()
        return None
    page = render_template(
        "account/password_again.html",
        form=form,
        carried=_carried(),
        action=safe_next(request.full_path.rstrip("?")),
        back=page_of_form(),
        **prove_page(),
    )
    answer = make_response(page, 401)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def was_asked() -> bool:
    """Whether this form comes from the page that asks, which stays where it is when the answer is a file."""
    return any(name in request.form for name in (ASKED, *FIELDS))


def _carried() -> list[tuple[str, str]]:
    """What was typed, in its order; names may come more than once."""
    return [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_CARRIED]
