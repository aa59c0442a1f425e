"""From the typed form to what the buyer wishes: every mistake is found at once and named by its field."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, Final

from shop.accounts.contacts import normalise_email, normalise_mobile
from shop.accounts.models import Address
from shop.accounts.organisation_models import OrganisationAddress
from shop.delivery.models import Run
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy, whole_number
from shop.ordering.approvals.procurement import NOTHING_SAID
from shop.ordering.invoice_wish import read_invoice_wish
from shop.ordering.models import DeliveryKind, InvoiceKind
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient, Wish
from shop.payments.models import ON_ACCOUNT
from shop.web.courier_form import typed_courier
from shop.web.form_errors import Problems
from shop.web.preorder_words import preorder_terms
from shop.web.storefront.buying_for import BuysFor, chosen_organisation, read_procurement
from shop.web.storefront.checkout_facts import CheckoutFacts
from shop.web.storefront.checkout_form import CheckoutForm

NEEDED: Final = msg("Please fill this in.")
_DIGEST: Final = re.compile(r"\.([0-9a-f]{16})$")


def read_wish(form: CheckoutForm, facts: CheckoutFacts) -> Wish:
    """Raises InvalidInput with a sentence for every field that is wrong."""
    problems = Problems()
    address = facts.address(form.address_id.data) if form.delivery.data == DeliveryKind.COURIER else None
    recipient = problems.read(lambda: _recipient(form, address, problems), Recipient("", ""))
    delivery: Pickup | Courier = problems.read(
        lambda: (
            _courier(form, address) if form.delivery.data == DeliveryKind.COURIER else _pickup(form, facts)
        ),
        Pickup(0, 0),
    )
    on_account = form.payment_method.data == ON_ACCOUNT
    chosen = chosen_organisation(form, facts.buys_for, on_account=on_account)
    procurement = problems.read(lambda: read_procurement(form, chosen), NOTHING_SAID)
    invoice = problems.read(lambda: _invoice(form, recipient.name, chosen), InvoiceWish())
    if facts.needs_consent and not form.consent.data:
        problems.errors["consent"] = msg("Please read it and tick the box.")
    problems.check()
    token = form.checkout_token.data or ""
    digest = _DIGEST.search(token)
    return Wish(
        token=token,
        owner=facts.owner,
        recipient=recipient,
        delivery=delivery,
        payment_method=form.payment_method.data,
        user_id=facts.viewer.user_id,
        unit_id=facts.viewer.unit_id,
        counts_for_unit=facts.counts_for_unit(form.count_for_unit.data),
        language=facts.language,
        note=tidy(form.note.data or ""),
        invoice=invoice,
        seen_goods=digest[1] if digest else None,
        seen_freight=_seen_freight(form.seen_freight.data),
        seen_total=_seen_total(form.seen_total.data),
        seen_days=_seen_days(form.seen_harvests.data),
        preorder_terms=preorder_terms(),
        confirmed_skus=frozenset(form.return_exempt.data or ()),
        organisation_id=chosen.organisation.id if chosen else None,
        procurement=procurement,
        privacy_version=facts.privacy_version if facts.needs_consent else None,
    )


def _recipient(
    form: CheckoutForm, address: Address | OrganisationAddress | None, problems: Problems
) -> Recipient:
    typed = tidy(form.email.data or "")
    email = problems.read(lambda: normalise_email(typed) if typed else None, None)
    if address is not None:
        return Recipient(address.recipient, address.phone, email)
    name = tidy(form.recipient.data or "")
    if not name:
        problems.errors["recipient"] = NEEDED
    return Recipient(name, normalise_mobile(form.phone.data or ""), email)


def _pickup(form: CheckoutForm, facts: CheckoutFacts) -> Pickup:
    """The chosen point, and the chosen run, or the only one that stops there."""
    if not form.pickup_point.data:
        raise InvalidInput(msg("Please choose a pickup point."), field="pickup_point")
    point_id = int(form.pickup_point.data)
    runs = [run for run in facts.runs if _stops_at(run, point_id)]
    if form.run.data:
        runs = [run for run in runs if str(run.id) == form.run.data]
    elif len(runs) > 1:
        raise InvalidInput(msg("Please choose a truck."), field="run")
    if not runs:
        raise InvalidInput(
            msg("No truck goes to this pickup point then. Please choose another."), field="run"
        )
    return Pickup(point_id, runs[0].id)


def _stops_at(run: Run, point_id: int) -> bool:
    return any(stop.pickup_point_id == point_id for stop in run.stops)


def _courier(form: CheckoutForm, address: Address | OrganisationAddress | None) -> Courier:
    if address is not None:
        return Courier(address.province, address.city, address.district, address.street)
    return typed_courier(form)


def _invoice(form: CheckoutForm, recipient: str, chosen: BuysFor | None) -> InvoiceWish:
    """An organisation's own title and number, where nothing else was typed."""
    kind = InvoiceKind(form.invoice_kind.data or InvoiceKind.NONE)
    title, number = form.invoice_title.data or "", form.tax_number.data or ""
    if chosen is not None and kind is InvoiceKind.ORGANISATION and not title.strip() and not number.strip():
        title, number = chosen.organisation.invoice_title, chosen.organisation.tax_number
    return read_invoice_wish(kind, title, number, recipient=recipient)


def _seen_freight(sent: str | None) -> dict[str, int]:
    """What the form showed, by zone; nothing when somebody has changed it into something else."""
    return {zone: fen for zone, fen in _seen(sent).items() if isinstance(fen, int)}


def _seen_days(sent: str | None) -> dict[str, date]:
    """The harvests that the form showed, by SKU."""
    days: dict[str, date] = {}
    for sku, said in _seen(sent).items():
        try:
            days[sku] = date.fromisoformat(said)
        except (TypeError, ValueError):
            continue
    return days


def _seen(sent: str | None) -> dict[str, Any]:
    try:
        seen = json.loads(sent or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(name): value for name, value in seen.items()} if isinstance(seen, dict) else {}


def _seen_total(sent: str | None) -> int | None:
    try:
        return whole_number(sent or "")
    except ValueError:
        return None
