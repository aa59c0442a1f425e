"""The farmer's two forms: what there is, and how many it really is."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, NumberRange

from shop.web.fields import WholeNumberField

MOST_UNITS = 100_000
DAYS = ((0, "今天采"), (1, "昨天"), (2, "前天"))


class DeclareForm(FlaskForm):
    producer = SelectField("谁家的", coerce=int)
    units = WholeNumberField(
        "有多少份", [InputRequired("写个数"), NumberRange(1, MOST_UNITS, "从 1 到 10 万")], default=10
    )
    day = SelectField("哪天采的", coerce=int, choices=DAYS, default=0)
    sure = BooleanField()

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Say at its field what the shop does not accept."""
        for name, text in errors.items():
            field = self._fields.get(name, self.units)
            field.errors = [*field.errors, text]


class CorrectForm(FlaskForm):
    units = WholeNumberField(
        "一共有多少份", [InputRequired("写个数"), NumberRange(0, MOST_UNITS, "最多 10 万")]
    )
