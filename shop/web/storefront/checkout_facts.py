"""Everything that the checkout page shows and its form can choose from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shop.accounts.addresses import list_addresses
from shop.accounts.contacts import readable_phone
from shop.accounts.models import Address
from shop.accounts.organisation_models import OrganisationAddress
from shop.accounts.page_texts import consent_versions
from shop.delivery.divisions import provinces
from shop.delivery.models import PickupPoint, Run
from shop.delivery.runs import active_points, open_runs
from shop.extensions import payment_providers
from shop.kit.references import secret_token
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import PRIVACY
from shop.ordering.keeping import MOST_RUNS
from shop.ordering.lines import basket_sellers
from shop.ordering.models import DeliveryKind
from shop.ordering.quoting import Quote
from shop.payments.offering import Offer, methods_for
from shop.privacy.planned import Planned, planned_erasure
from shop.web.database import read_session
from shop.web.language import current_language
from shop.web.storefront.buying_for import BuysFor, offer_organisations, read_buys_for
from shop.web.storefront.checkout_form import CheckoutForm
from shop.web.viewer import Viewer
from shop.web.visit import current_visit


@dataclass(frozen=True)
class CheckoutFacts:
    viewer: Viewer
    owner: BasketOwner
    language: str
    points: Sequence[PickupPoint]
    runs: Sequence[Run]
    addresses: Sequence[Address]
    offered: Offer
    privacy_version: str
    buys_for: Sequence[BuysFor]
    erasure: Planned | None  # that the account waits for: an order holds it back

    @property
    def methods(self) -> tuple[str, ...]:
        return self.offered.methods

    @property
    def needs_consent(self) -> bool:
        """Whoever has an account agreed when it was made."""
        return self.viewer.user_id is None

    @property
    def asks_counting(self) -> bool:
        """Once: whoever has answered changes it in the account."""
        return self.viewer.unit_id is not None and self.viewer.counts_for_unit is None

    def counts_for_unit(self, ticked: bool) -> bool:
        return ticked if self.asks_counting else bool(self.viewer.counts_for_unit)

    def address(self, chosen: str | None) -> Address | OrganisationAddress | None:
        return next((address for key, address, _of in self.address_choices if key == chosen), None)

    @property
    def address_choices(self) -> list[tuple[str, Address | OrganisationAddress, str]]:
        """The buyer's own, then those of organisations with whose they are."""
        own: list[tuple[str, Address | OrganisationAddress, str]] = [
            (str(address.id), address, "") for address in self.addresses
        ]
        return own + [
            (f"o{address.id}", address, one.organisation.name)
            for one in self.buys_for
            for address in one.addresses
        ]

    def reaches_all(self, run: Run) -> bool:
        return {stop.pickup_point_id for stop in run.stops} >= {point.id for point in self.points}

    def points_of(self, run: Run) -> list[PickupPoint]:
        stops = {stop.pickup_point_id for stop in run.stops}
        return [point for point in self.points if point.id in stops]


def read_facts(viewer: Viewer, owner: BasketOwner, now: datetime) -> CheckoutFacts:
    session = read_session()
    runs = open_runs(session, now=now, limit=MOST_RUNS)
    reached = {stop.pickup_point_id for run in runs for stop in run.stops}
    return CheckoutFacts(
        viewer=viewer,
        owner=owner,
        language=current_language(),
        points=[point for point in active_points(session) if point.id in reached],
        runs=runs,
        addresses=list_addresses(session, viewer.user_id) if viewer.user_id is not None else [],
        offered=methods_for(
            session,
            payment_providers(),
            basket_sellers(session, owner),
            current_visit(),
            user_id=viewer.user_id,
        ),
        privacy_version=consent_versions(session)[PRIVACY],
        buys_for=read_buys_for(session, viewer.user_id),
        erasure=planned_erasure(session, viewer.user_id, now=now),
    )


def offer_choices(form: CheckoutForm, facts: CheckoutFacts) -> None:
    book = [(key, "") for key, _address, _of in facts.address_choices]
    form.offer(
        pickup_point=[(str(point.id), "") for point in facts.points],
        run=[(str(run.id), "") for run in facts.runs],
        address_id=[*book, ("", "")],
        province=[("", "—"), *((name, name) for name in provinces())],
        payment_method=[(method, "") for method in facts.methods],
    )
    offer_organisations(form, facts.buys_for)


def offer_provinces(form: CheckoutForm, quote: Quote) -> None:
    """Where no courier goes can only be seen chosen by who has sent it; it is refused in words then."""
    reached = {province for zone in quote.zones if zone.served for province in zone.provinces}
    kept = reached | {form.province.data}
    form.province.choices = [("", "—"), *((name, name) for name in provinces() if name in kept)]


def fresh_form(facts: CheckoutFacts, quote: Quote) -> CheckoutForm:
    """The form as it is first shown: what is known of the buyer is filled in."""
    viewer, address = facts.viewer, facts.addresses[0] if facts.addresses else None
    near = next((one for one in facts.addresses if not quote.spoils_to(one.province)), None)
    run = next((run for run in facts.runs if quote.reaches(run)), None)
    form = CheckoutForm(
        formdata=None,
        delivery=DeliveryKind.PICKUP.value if run else DeliveryKind.COURIER.value,
        pickup_point=str(facts.points[0].id) if facts.points else None,
        run=str(run.id) if run else None,
        address_id=str(near.id) if near else "",
        recipient=address.recipient if address else viewer.name,
        phone=readable_phone((address.phone if address else viewer.phone) or ""),
        email=viewer.email,
        payment_method=facts.methods[0] if facts.methods else None,
        project=facts.buys_for[0].default_project if len(facts.buys_for) == 1 else "",
    )
    stamp(form, quote)
    return form


def stamp(form: CheckoutForm, quote: Quote) -> None:
    """Mark the form with what it shows: a token for one order of these goods at these prices, and the freight."""
    form.checkout_token.data = f"{secret_token()[:32]}.{quote.digest}"
    days = {line.sku: day.isoformat() for line, day in quote.preorders}
    form.seen_harvests.data = json.dumps(days, separators=(",", ":"), sort_keys=True)
    form.seen_freight.data = json.dumps(quote.freight_fen, separators=(",", ":"), sort_keys=True)
