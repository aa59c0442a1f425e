"""Recalled goods are out of their box: said on the page, or later from a phone that had no network."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.take_outs import taken_out
from shop.web.deeds import Deed, Press
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import reach


def taking_out(take_out_id: int, press: Press) -> Deed:
    by = reach()
    return Deed(
        lambda s: taken_out(s, take_out_id, by=by, now=press.now),
        _said,
        url_for("village.work"),
    )


def _said(is_packed_again: bool) -> str:
    if is_packed_again:
        said = gettext(
            "Written down: the recalled goods are out. What else lay in the box can be packed again."
        )
    else:
        said = gettext(
            "Written down: the recalled goods are out. Its order is over: what else lay in the box goes back to its households."
        )
    return str(said)


@village.post("/take-outs/<int:take_out_id>")
@requires(RoleName.COORDINATOR)
def take_out(take_out_id: int) -> Response:
    return press_deed(taking_out(take_out_id, form_press()))
