"""Forms of the counter."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from shop.fulfilment.parcel_reports import LONGEST_WORD, Trouble
from shop.web.forms import ShopForm


class CodeForm(ShopForm):
    code = StringField("", [InputRequired(lazy_gettext("Please type the six digits.")), Length(max=16)])


class ReportForm(ShopForm):
    trouble = RadioField(
        lazy_gettext("What is wrong?"),
        [InputRequired(lazy_gettext("Please choose what is wrong."))],
        choices=[
            (Trouble.MISSING.value, lazy_gettext("It is not here")),
            (Trouble.BROKEN.value, lazy_gettext("It is broken")),
        ],
    )
    word = StringField(
        lazy_gettext("In a word"),
        [DataRequired(lazy_gettext("Please say in a word what is wrong.")), Length(max=LONGEST_WORD)],
    )
