"""Where a courier is to go, as a form with a province, a city, a district and a street says it."""

from __future__ import annotations

from typing import Final, Protocol

from wtforms import Field

from shop.delivery.divisions import check_divisions
from shop.kit.text import msg, tidy
from shop.ordering.wish import Courier
from shop.web.form_errors import Problems

_FILL_IN: Final = msg("Please fill this in.")


class CourierFields(Protocol):
    """A form that has these fields."""

    province: Field
    city: Field
    district: Field
    street: Field


def typed_courier(form: CourierFields) -> Courier:
    """Raises InvalidInput with a sentence for every field that is wrong."""
    problems, street = Problems(), tidy(form.street.data or "")
    province, city, district = problems.read(
        lambda: check_divisions(form.province.data or "", form.city.data or "", form.district.data or ""),
        ("", "", ""),
    )
    if not street:
        problems.errors["street"] = _FILL_IN
    problems.check()
    return Courier(province, city, district, street)
