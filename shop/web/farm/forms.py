"""The farmer's forms: what there is, how many it really is, and signing in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from shop.web.fields import SeenField, TokenField, WholeNumberField
from shop.web.forms import ShopForm

MOST_UNITS = 100_000
OTHER_DAY = -1
DAYS = ((0, "今天"), (1, "昨天"), (2, "前天"), (OTHER_DAY, "别的日子"))
_FIELD_OF = {"best_before": "day", "harvested_on": "day"}


class DeclareForm(ShopForm):
    producer = SelectField("谁家的", coerce=int)
    units = WholeNumberField(
        "有多少份", [InputRequired("写个数"), NumberRange(1, MOST_UNITS, "从 1 到 10 万")], default=10
    )
    day = SelectField("哪天", coerce=int, choices=DAYS, default=0)
    exact_day = DateField("哪一天", [Optional()])
    sure = BooleanField()
    token = TokenField()

    def made_on(self, today: date) -> date | None:
        """The day that was chosen; None when it is another one and nobody said which."""
        return self.exact_day.data if self.day.data == OTHER_DAY else today - timedelta(days=self.day.data)

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Say at its field what the shop does not accept."""
        for name, text in errors.items():
            field = self._fields.get(_FIELD_OF.get(name, name), self.units)
            field.errors = [*field.errors, text]


class CorrectForm(ShopForm):
    seen = SeenField()
    units = WholeNumberField(
        "一共有多少份", [InputRequired("写个数"), NumberRange(0, MOST_UNITS, "从 0 到 10 万")]
    )


class PhoneForm(ShopForm):
    next = HiddenField()
    phone = StringField(
        "手机号",
        [DataRequired("写上手机号"), Length(max=40, message="手机号不对，再看看")],
        render_kw={"type": "tel", "autocomplete": "tel-national", "inputmode": "tel"},
    )


class SixDigitsForm(ShopForm):
    next = HiddenField()
    code = StringField(
        "短信里的 6 个数字",
        [DataRequired("写上 6 个数字"), Length(max=12, message="是 6 个数字")],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 12},
    )
