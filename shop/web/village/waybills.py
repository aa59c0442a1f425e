"""Waybills: asked for many parcels or one, asked again, given back. Nothing of it where no provider is set up."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.delivery.carriers import CARRIERS
from shop.delivery.waybills.base import WaybillProvider
from shop.extensions import waybill_provider
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.parcel_list import ParcelFilter, ParcelRow, parcels, parcels_by_code
from shop.fulfilment.waybills.asking import MOST, Asked, ask_again, ask_for_waybills
from shop.fulfilment.waybills.cancelling import cancel_waybill, settle_by_hand
from shop.fulfilment.waybills.finding import WaybillRow, left_over_waybills, newest_waybills
from shop.fulfilment.waybills.models import WaybillState
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.models import DeliveryKind
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.phrases import language
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach
from shop.web.village.paging import page_number

_REFERENCE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Offer:
    """What a parcel's page shows of waybills: the newest one, and with whom another could be asked for."""

    waybill: WaybillRow | None
    carriers: list[tuple[str, str]]

    @property
    def may_ask(self) -> bool:
        return bool(self.carriers) and (self.waybill is None or not self.waybill.is_live)


def offer_for(parcel: ParcelRow) -> Offer | None:
    """None for a parcel that goes by truck, and where nobody gives waybills and it has none. One statement at most."""
    if parcel.delivery is not DeliveryKind.COURIER:
        return None
    provider = waybill_provider()
    waybill = newest_waybills(read_session(), [parcel.id]).get(parcel.id)
    if provider is None and waybill is None:
        return None
    return Offer(waybill, carrier_choices(provider))


def carrier_choices(provider: WaybillProvider | None) -> list[tuple[str, str]]:
    """Those with whom the shop has an account."""
    in_chinese = language() == "zh"
    known = [CARRIERS[code] for code in provider.carriers] if provider else []
    return [(one.code, one.name_zh if in_chinese else one.name_en) for one in known]


@village.get("/parcels/waybills")
@requires(RoleName.COORDINATOR)
def waybills() -> str:
    """Parcels that wait for a courier, each with its waybill: those that the address names, or all that stand packed."""
    provider, by = _provider(), reach()
    codes = [normalise_code(code) for code in request.args.getlist("code")][:MOST]
    chosen = ParcelFilter(look=ParcelStatus.PACKED, delivery=DeliveryKind.COURIER, page=page_number())
    if codes:
        found, more = parcels_by_code(read_session(), by, codes), False
    else:
        found, more = parcels(read_session(), by, chosen)
    waiting = [one for one in found if one.delivery is DeliveryKind.COURIER]
    given = newest_waybills(read_session(), [one.id for one in waiting])
    return page(
        "village/waybills.html",
        "parcels",
        parcels=waiting,
        waybills=given,
        wanting={one.code for one in waiting if _wants_one(one, given.get(one.id))},
        left_over=left_over_waybills(read_session(), by),
        carriers=carrier_choices(provider),
        carrier=request.args.get("carrier", ""),
        codes=codes,
        others=len(found) - len(waiting),
        number=chosen.page,
        more=more,
    )


@village.post("/parcels/waybills")
@requires(RoleName.COORDINATOR)
def ask_waybills() -> Response:
    codes = [normalise_code(code) for code in request.form.getlist("code")]
    carrier = request.form.get("carrier", "")[:16]
    return _ask(codes, url_for("village.waybills", code=codes[:MOST], carrier=carrier))


@village.post("/parcels/<code>/waybill")
@requires(RoleName.COORDINATOR)
def ask_waybill(code: str) -> Response:
    code, carrier = normalise_code(code), request.form.get("carrier", "")[:16]
    return _ask([code], url_for("village.parcel", code=code, carrier=carrier))


@village.post("/waybills/<reference>/again")
@requires(RoleName.COORDINATOR)
def ask_waybill_again(reference: str) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda session: ask_again(session, reference[:_REFERENCE_LENGTH], by=by, now=now),
        _said_of_asking_again,
        _back(),
    )


@village.post("/waybills/<reference>/cancel")
@requires(RoleName.COORDINATOR)
def cancel_parcel_waybill(reference: str) -> Response:
    by, now = reach(), utc_now()

    def work(session: Session) -> WaybillState:
        return cancel_waybill(session, reference[:_REFERENCE_LENGTH], by=by, now=now)

    return press(work, _said_of_cancelling, _back())


@village.post("/waybills/<reference>/settled")
@requires(RoleName.COORDINATOR)
def settle_waybill(reference: str) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda session: settle_by_hand(session, reference[:_REFERENCE_LENGTH], by=by, now=now),
        gettext("Noted as cancelled."),
        _back(),
    )


def _wants_one(parcel: ParcelRow, waybill: WaybillRow | None) -> bool:
    return parcel.status is ParcelStatus.PACKED and (waybill is None or not waybill.is_live)


def _provider() -> WaybillProvider:
    """Raises NotFound where nobody gives waybills."""
    provider = waybill_provider()
    if provider is None:
        raise NotFound()
    return provider


def _ask(codes: list[str], back: str) -> Response:
    provider, carrier = _provider(), request.form.get("carrier", "")
    by, now = reach(), utc_now()

    def work(session: Session) -> Asked:
        return ask_for_waybills(session, codes, carrier, provider, by=by, now=now)

    return press(work, _said_of_asking, back)


def _said_of_asking(asked: Asked) -> str:
    said = []
    if asked.now:
        said.append(
            ngettext(
                "%(num)s waybill is asked for. Its number is here within a minute: open the page again.",
                "%(num)s waybills are asked for. Their numbers are here within a minute: open the page again.",
                asked.now,
            )
        )
    if asked.before:
        said.append(
            ngettext(
                "%(num)s parcel has one from before.", "%(num)s parcels have one from before.", asked.before
            )
        )
    return " ".join(str(one) for one in said)


def _said_of_asking_again(is_asked: bool) -> str:
    if is_asked:
        return str(gettext("It is asked again within a minute."))
    return str(gettext("The provider has answered already: nothing is asked again."))


def _said_of_cancelling(state: WaybillState) -> str:
    if state is WaybillState.CANCELLED:
        return str(gettext("Cancelled. Nobody had begun to ask for it."))
    if state is WaybillState.FAILED:
        return str(gettext("There is nothing to cancel: no waybill was given."))
    return str(gettext("The provider is asked to cancel it. Do not use this number any more."))


def _back() -> str:
    """Where the button stood: the parcel's page, or the list."""
    code = normalise_code(request.form.get("parcel", ""))[:16]
    return url_for("village.parcel", code=code) if code else url_for("village.waybills")
