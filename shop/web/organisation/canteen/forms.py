"""What a canteen types beside its cases: where it goes, when, who receives it, and what its papers say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from shop.accounts.contacts import normalise_phone, readable_phone
from shop.accounts.organisation_addresses import addresses_of
from shop.accounts.organisation_models import OrganisationAddress
from shop.accounts.organisation_papers import Papers, papers_of
from shop.accounts.organisations import Membership
from shop.canteens.rhythm import Rhythm
from shop.canteens.sheet import SheetWish
from shop.canteens.standing_wish import StandingWish, ToPoint
from shop.canteens.ways import Stop, open_stops
from shop.delivery.models import PickupPoint
from shop.delivery.runs import active_points
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.approvals.procurement import Procurement
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.web.fields import CheckboxesField, SeenField, TokenField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm
from shop.web.language import current_language
from shop.web.times import day as written_day

CHOOSE: Final = msg("Please choose one from the list.")
WEEKDAYS: Final = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
_TEL: Final = {"autocomplete": "tel", "inputmode": "tel"}


@dataclass(frozen=True)
class Offered:
    """What the organisation has given of itself to choose from."""

    addresses: Sequence[OrganisationAddress]
    papers: Papers


class WayForm(ShopForm):
    """The part that an order sheet and a standing order share."""

    _ways: list[tuple[str, str]]
    _offered: Offered

    token = TokenField()
    way = SelectField(
        _("How it arrives"),
        [DataRequired(_("Please choose one from the list."))],
        choices=[],
        validate_choice=False,
    )
    recipient = StringField(
        _("Who receives it"), [DataRequired(_("Please say who receives it.")), Length(max=60)]
    )
    phone = StringField(
        _("Telephone"), [DataRequired(_("Please fill this in.")), Length(max=40)], render_kw=_TEL
    )
    note = StringField(
        _("Note for the packers"), [Length(max=200)], description=_("Such as: back door, before eight.")
    )
    project = SelectField(_("Project"), choices=[], validators=[Optional()])
    handler = SelectField(_("Handler"), choices=[], validators=[Optional()])
    acceptor = SelectField(_("Acceptor"), choices=[], validators=[Optional()])

    def offer_with(self, session: Session, here: Membership, trucks: Sequence[tuple[str, str]]) -> None:
        """The trucks first, then the organisation's addresses; and its papers. Three statements."""
        papers = papers_of(session, here.organisation.id)
        addresses = addresses_of(session, [here.organisation.id])
        self._ways = [*trucks, *_of_addresses(addresses)]
        self.way.choices = list(self._ways)
        self.project.choices = _optional((one.id, f"{one.number} {one.name}") for one in papers.projects)
        self.handler.choices = _optional((one.id, one.name) for one in papers.handlers)
        self.acceptor.choices = _optional((one.id, one.name) for one in papers.acceptors)
        self._offered = Offered(addresses, papers)

    def begin(self) -> None:
        """Before anything is typed: the usual project, the first way, and who received it at the first address."""
        offered = self._offered
        self.project.data = next((str(one.id) for one in offered.papers.projects if one.is_default), "")
        self.way.data = self._ways[0][0] if self._ways else None
        if offered.addresses:
            self.recipient.data = offered.addresses[0].recipient
            self.phone.data = readable_phone(offered.addresses[0].phone)

    def address(self) -> Courier:
        """Raises InvalidInput for one that is not the organisation's."""
        kind, _sep, number = (self.way.data or "").partition(":")
        found = next(
            (one for one in self._offered.addresses if kind == "address" and str(one.id) == number), None
        )
        if found is None:
            raise InvalidInput(CHOOSE, field="way")
        return Courier(found.province, found.city, found.district, found.street)

    def procurement(self) -> Procurement:
        papers = self._offered.papers
        project = _picked(self.project.data, papers.projects)
        handler, acceptor = (
            _picked(self.handler.data, papers.handlers),
            _picked(self.acceptor.data, papers.acceptors),
        )
        return Procurement(
            project_number=project.number if project else "",
            project_name=project.name if project else "",
            handler=handler.name if handler else "",
            acceptor=acceptor.name if acceptor else "",
        )


class SheetForm(WayForm):
    deliver_on = DateField(_("Delivery day, to an address"), [Optional()])
    seen_total = SeenField()

    _stops: Sequence[Stop]

    def offer(self, session: Session, here: Membership) -> None:
        """What is to be chosen: each truck that still takes something, on its day."""
        self._stops = open_stops(session, now=utc_now())
        self.offer_with(session, here, [(_stop_key(one), _stop_words(one)) for one in self._stops])

    def wish(self, cases: Any) -> SheetWish:
        """Raises InvalidInput by field."""
        stop = next((one for one in self._stops if _stop_key(one) == self.way.data), None)
        to: Pickup | Courier = Pickup(stop.point_id, stop.run_id) if stop else self.address()
        day: date | None = stop.day if stop else self.deliver_on.data
        if day is None:
            raise InvalidInput(msg("Please choose the day on which it should be there."), field="deliver_on")
        return SheetWish(
            token=self.token.data or "",
            cases=cases,
            delivery=to,
            deliver_on=day,
            recipient=Recipient(tidy(self.recipient.data or ""), normalise_phone(self.phone.data or "")),
            note=tidy(self.note.data or ""),
            procurement=self.procurement(),
            language=current_language(),
            seen_total_fen=self.seen_total.number,
        )


class StandingForm(WayForm):
    name = StringField(
        _("Name of this standing order"), [Length(max=60)], description=_("Such as: eggs of the week.")
    )
    weekdays = CheckboxesField(_("On which weekdays"), choices=[], coerce=int)
    every_weeks = WholeNumberField(
        _("Every how many weeks"), [InputRequired(_("Please fill this in."))], default=1
    )
    first_on = DateField(_("From which day on"), [InputRequired(_("Please enter a day."))])
    until = DateField(_("Until which day"), [Optional()], description=_("Empty: until you stop it."))
    days_before = WholeNumberField(
        _("Order how many days before"), [InputRequired(_("Please fill this in."))], default=3
    )
    in_vacations = BooleanField(_("In vacations as well"))

    def offer(self, session: Session, here: Membership) -> None:
        """What is to be chosen: each point that trucks go to, whatever the day."""
        self.weekdays.choices = list(enumerate(str(one) for one in WEEKDAYS))
        self.offer_with(
            session, here, [(_point_key(one), _point_words(one)) for one in active_points(session)]
        )

    def standing_wish(self, cases: Any) -> StandingWish:
        """Raises InvalidInput by field."""
        chosen = self.way.data or ""
        is_point = chosen.startswith("point:") and chosen in {key for key, _word in self._ways}
        return StandingWish(
            token=self.token.data or "",
            name=self.name.data or "",
            rhythm=Rhythm(
                self.first_on.data or date.min,
                self.every_weeks.data or 0,
                frozenset(self.weekdays.data or ()),
                self.until.data,
            ),
            days_before=self.days_before.data or 0,
            cases=cases,
            delivery=ToPoint(int(chosen.removeprefix("point:"))) if is_point else self.address(),
            recipient=self.recipient.data or "",
            phone=self.phone.data or "",
            note=self.note.data or "",
            in_vacations=bool(self.in_vacations.data),
            procurement=self.procurement(),
            language=current_language(),
        )


def _stop_key(stop: Stop) -> str:
    return f"stop:{stop.run_id}:{stop.point_id}"


def _stop_words(stop: Stop) -> str:
    when, where = written_day(stop.arrives_at), bilingual(stop, "name")
    return str(gettext("%(day)s by truck to %(point)s", day=when, point=where))


def _point_key(point: PickupPoint) -> str:
    return f"point:{point.id}"


def _point_words(point: PickupPoint) -> str:
    return str(gettext("By truck to %(point)s", point=bilingual(point, "name")))


def _of_addresses(addresses: Sequence[OrganisationAddress]) -> list[tuple[str, str]]:
    return [
        (
            f"address:{one.id}",
            gettext("By courier to %(place)s", place=f"{one.city}{one.district}{one.street}"),
        )
        for one in addresses
    ]


def _optional(rows: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    return [("", gettext("None")), *((str(key), word) for key, word in rows)]


def _picked(typed: str | None, rows: Sequence[Any]) -> Any:
    return next((one for one in rows if str(one.id) == typed), None)
