"""The form by which a paid order is sent elsewhere: the team's and its buyer's are the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from shop.accounts.contacts import normalise_mobile
from shop.delivery.divisions import provinces
from shop.delivery.runs import active_points, open_runs
from shop.fulfilment.redirecting import Redirection
from shop.kit.errors import InvalidInput
from shop.kit.text import form_number, msg, tidy
from shop.ordering.models import DeliveryKind, Order
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.web.courier_form import typed_courier
from shop.web.fields import SeenField, TokenField
from shop.web.filters import bilingual
from shop.web.form_errors import Problems
from shop.web.forms import ShopForm
from shop.web.times import moment

_RUNS: Final = 30
_FILL_IN: Final = msg("Please fill this in.")


def _line(label: Any, most: int, **look: Any) -> StringField:
    return StringField(label, [Length(max=most)], render_kw={"maxlength": most, **look})


class RedirectionForm(ShopForm):
    token = TokenField()
    seen = SeenField()  # the difference that was shown, in fen
    recipient = _line(_("Recipient"), 60, autocomplete="off")
    phone = _line(_("Phone"), 40, inputmode="tel", autocomplete="off")
    delivery = RadioField(
        _("How it is received"),
        [InputRequired()],
        choices=[
            (DeliveryKind.PICKUP.value, _("Campus pickup")),
            (DeliveryKind.COURIER.value, _("Home delivery")),
        ],
    )
    stop = SelectField(_("Pickup point and truck"), [Optional()], choices=[], validate_choice=False)
    province = SelectField(_("Province"), [Optional()], choices=[])
    city = _line(_("City"), 40)
    district = _line(_("District"), 40)
    street = _line(_("Street and number"), 200)
    reason = _line(_("Reason"), 300)

    def offer(self, session: Session, order: Order, now: datetime) -> None:
        """Trucks that take orders, and the order's own with all its stops, each by point. A few statements."""
        points = {point.id: bilingual(point, "name") for point in active_points(session)}
        runs = {run.id: run for run in open_runs(session, now=now, limit=_RUNS)}
        stops = [(stop.pickup_point_id, run) for run in runs.values() for stop in run.stops]
        own = (order.pickup_point_id, order.run)
        if own[0] is not None and own[1] is not None and own[1].id not in runs:
            stops.insert(0, (own[0], own[1]))
        self.stop.choices = [
            ("", gettext("Please choose")),
            *(
                (
                    f"{point_id}:{run.id}",
                    f"{points.get(point_id, '')} · {run.code} · {moment(run.arrives_at)}",
                )
                for point_id, run in stops
                if point_id in points or (point_id, run) == own
            ),
        ]
        self.province.choices = [("", gettext("Please choose")), *((one, one) for one in provinces())]

    def fill(self, order: Order) -> None:
        """As the order is now."""
        self.recipient.data, self.phone.data = order.recipient, order.phone
        self.delivery.data = order.delivery.value
        self.stop.data = f"{order.pickup_point_id}:{order.run_id}" if order.run_id is not None else ""
        self.province.data, self.city.data = order.province or "", order.city or ""
        self.district.data, self.street.data = order.district or "", order.street or ""

    def redirection(self, order: Order) -> Redirection:
        """A telephone that stood there before need not be a mobile's. Raises InvalidInput with a sentence for every field that is wrong."""
        problems, name = Problems(), tidy(self.recipient.data or "")
        if not name:
            problems.errors["recipient"] = _FILL_IN
        typed = tidy(self.phone.data or "")
        phone = typed if typed == order.phone else problems.read(lambda: normalise_mobile(typed), "")
        by_courier = self.delivery.data == DeliveryKind.COURIER
        delivery: Pickup | Courier = problems.read(
            (lambda: typed_courier(self)) if by_courier else self._pickup, Pickup(0, 0)
        )
        problems.check()
        return Redirection(Recipient(name, phone), delivery)

    def _pickup(self) -> Pickup:
        point, run = map(form_number, (self.stop.data or "").partition(":")[::2])
        if point is None or run is None:
            raise InvalidInput(msg("Please choose a pickup point."), field="stop")
        return Pickup(point, run)
