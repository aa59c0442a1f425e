"""The farmer's forms for a harvest that is still to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from wtforms import BooleanField, DateField, HiddenField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from shop.web.farm.forms import MOST_UNITS, OTHER_DAY
from shop.web.fields import TokenField, WholeNumberField
from shop.web.forms import ShopForm

AHEAD: Final = ((3, "三天后"), (7, "一周后"), (14, "两周后"), (OTHER_DAY, "别的日子"))
LATER: Final = ((3, "晚三天"), (7, "晚一周"), (14, "晚两周"), (OTHER_DAY, "别的日子"))
AGO: Final = ((0, "今天"), (1, "昨天"), (2, "前天"))
SURE: Final = ((90, "九成"), (80, "八成"), (60, "六成"), (50, "一半"))


_FIELD_OF: Final = {
    "expected_on": "day",
    "harvested_on": "day",
    "best_before": "day",
    "confidence_pct": "pct",
    "shares": "units",
}


class _RefusingForm(ShopForm):
    """`refuse` says at its field what the shop does not accept."""

    def refuse(self, errors: Mapping[str, str]) -> None:
        fields = list(self._fields.values())
        for name, text in errors.items():
            field = self._fields.get(_FIELD_OF.get(name, name), fields[0])
            field.errors = [*field.errors, text]


class ForecastForm(_RefusingForm):
    units = WholeNumberField(
        "大约有多少份", [InputRequired("写个数"), NumberRange(1, MOST_UNITS, "从 1 到 10 万")], default=10
    )
    producer = SelectField("谁家的", coerce=int)
    day = SelectField("哪天能采", coerce=int, choices=AHEAD, default=7)
    exact_day = DateField("哪一天", [Optional()])
    pct = SelectField("有几成把握", coerce=int, choices=SURE, default=80)
    sure = BooleanField()
    token = TokenField()

    def expected_on(self, today: date) -> date | None:
        """None when it is another day and nobody said which."""
        return self.exact_day.data if self.day.data == OTHER_DAY else today + timedelta(days=self.day.data)


class HarvestForm(_RefusingForm):
    units = WholeNumberField(
        "一共有多少份", [InputRequired("写个数"), NumberRange(0, MOST_UNITS, "从 0 到 10 万")]
    )
    day = SelectField("哪天采的", coerce=int, choices=AGO, default=0)
    sure = BooleanField()
    late = HiddenField(filters=[lambda typed: (typed or "")[:40]])  # the mark of orders that were read

    def harvested_on(self, today: date) -> date:
        return today - timedelta(days=self.day.data)


class LaterForm(_RefusingForm):
    day = SelectField("晚多久", coerce=int, choices=LATER, default=7)
    exact_day = DateField("哪一天", [Optional()])
    sure = BooleanField()

    def expected_on(self, said: date, today: date) -> date | None:
        """Counted from the day that was said; from today once that has gone by."""
        if self.day.data == OTHER_DAY:
            return self.exact_day.data
        return max(said, today) + timedelta(days=self.day.data)
