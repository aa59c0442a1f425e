"""What a keeper does about a parcel that nobody collects, before the page or later from a phone without a network."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from shop.fulfilment.uncollected import put_back
from shop.kit.errors import InvalidInput
from shop.kit.references import normalise_code
from shop.web.deeds import Deed, Press
from shop.web.point.counter import reach
from shop.web.uncollected import UncollectedForm, do_step, said_of


def doing(code: str, press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    form = UncollectedForm(MultiDict(press.fields), meta={"csrf": False})
    if not form.validate():
        raise InvalidInput(" ".join(str(error) for field in form for error in field.errors))
    by, parcel, step = reach(), normalise_code(code), form.step.data
    return Deed(
        lambda session: do_step(session, parcel, form, by=by, now=press.now),
        lambda is_new: said_of(step, is_new),
        url_for("point.uncollected"),
        has_form=True,
    )


def putting_back(code: str, press: Press) -> Deed:
    by, parcel = reach(), normalise_code(code)
    return Deed(
        lambda session: put_back(session, parcel, by=by, now=press.now),
        gettext("It stands at the point again."),
        url_for("point.uncollected"),
    )
