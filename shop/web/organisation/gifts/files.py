"""Tables to take along: the template, the rows to mend, and the tracking numbers."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext

from shop.accounts.audit import audit
from shop.fulfilment.sent_parcels import sent_parcels
from shop.gifts.access import gift_of_member
from shop.gifts.reader import orders_of, rows_to_mend
from shop.gifts.reading import HEADINGS
from shop.kit.clock import in_shanghai, utc_now
from shop.web.database import patient_session, read_session
from shop.web.error_pages import translated
from shop.web.exports import let_out
from shop.web.filters import status_word
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation
from shop.web.phrases import language
from shop.web.tables import asked_kind, table_file
from shop.web.viewer import current_user_id

LONGEST_READ = 60  # seconds


@organisation.get("/<slug>/gifts/template.<kind>")
@signed_in
def gift_template(slug: str, kind: str) -> Response:
    """The headings and an example; a row that begins with # is left out."""
    own_organisation(slug)
    rows = [_titles(), [one.example for one in HEADINGS]]
    return table_file(rows, asked_kind(kind), name="recipients", title=gettext("Recipients"))


@organisation.get("/<slug>/gifts/<int:gift_id>/mend.<kind>")
@signed_in
def gift_to_mend(slug: str, gift_id: int, kind: str) -> Response:
    """The rows that have to be mended, with what is wrong: mended and sent again, each takes its own place."""
    kind = asked_kind(kind)
    _let_out(slug, gift_id, "gift.list_exported")
    rows = [[gettext("Row"), *_titles(), gettext("What is wrong")]]
    for one in rows_to_mend(read_session(), gift_id):
        wrong = [translated(problem.message, dict(problem.facts)) for problem in one.judged.problems.values()]
        if one.twins:
            wrong.append(gettext("The same telephone as row %(rows)s.", rows=", ".join(map(str, one.twins))))
        rows.append(
            [str(one.row), one.judged.name, as_dialled(one.judged.phone), one.judged.address, " ".join(wrong)]
        )
    return table_file(rows, kind, name=f"mend-{gift_id}", title=gettext("To mend"))


@organisation.get("/<slug>/gifts/<int:gift_id>/tracking.<kind>")
@signed_in
def gift_tracking(slug: str, gift_id: int, kind: str) -> Response:
    """A row for each parcel, with the row of the buyer's own list; an order without one yet has a row too."""
    kind = asked_kind(kind)
    _let_out(slug, gift_id, "gift.tracking_exported")
    session = patient_session(seconds=LONGEST_READ)
    orders = session.execute(orders_of(session, gift_id)).all()
    parcels = sent_parcels(session, [one.id for one in orders])
    rows = [
        [
            *(
                gettext("Row"),
                gettext("Order"),
                gettext("Name"),
                gettext("Telephone"),
                gettext("Province"),
                gettext("City"),
            ),
            *(gettext("State"), gettext("Courier"), gettext("Tracking number"), gettext("Sent on")),
        ]
    ]
    for one in orders:
        row = str(one.row) if one.row is not None else ""
        person = [row, one.number, one.recipient, as_dialled(one.phone), one.province or "", one.city or ""]
        rows.extend([*person, *_parcel(one, parcel)] for parcel in parcels.get(one.id, [None]))
    return table_file(rows, kind, name=f"tracking-{gift_id}", title=gettext("Tracking numbers"))


def _parcel(order: Any, parcel: Any) -> list[str]:
    if parcel is None:
        return [status_word(order.status, "order"), "", "", ""]
    sent_on = f"{in_shanghai(parcel.shipped_at):%Y-%m-%d}" if parcel.shipped_at else ""
    return [status_word(parcel.status, "parcel"), parcel.carrier_zh, parcel.tracking_number or "", sent_on]


def as_dialled(phone: str) -> str:
    """Eleven digits, as a courier's page and the buyer's own table have them; a number of another country as it is."""
    return phone.removeprefix("+86")


def _titles() -> list[str]:
    return [one.english if language() == "en" else one.chinese for one in HEADINGS]


def _let_out(slug: str, gift_id: int, action: str) -> None:
    """Personal data leaves the shop: counted, and written into the trail. Raises NotFound, TooManyAttempts."""
    gift_of_member(read_session(), slug, gift_id, current_user_id())
    actor_id, now = current_user_id(), utc_now()
    let_out(lambda session: audit(session, actor_id, action, "gift", gift_id, now=now))
