"""The way on which a basket travels, chosen again where the basket has changed."""

from __future__ import annotations

from shop.delivery.models import Run
from shop.ordering.models import DeliveryKind
from shop.ordering.quoting import Quote
from shop.web.storefront.checkout_facts import CheckoutFacts
from shop.web.storefront.checkout_form import CheckoutForm


def choose_way_again(form: CheckoutForm, facts: CheckoutFacts, before: Quote, quote: Quote) -> None:
    """Preselect what the form would offer had it been opened with this basket.

    What its buyer chose stays: only a courier that was the one way left, or an impossible way, gives way to the truck.
    """
    goes = next_run(facts, quote, form.pickup_point.data)
    if goes is not None and form.delivery.data == DeliveryKind.COURIER:
        had_no_choice = not _trucks_go(facts, before) and not _wanted_courier(form, before)
        if had_no_choice or not quote.freight_fen:
            form.delivery.data = DeliveryKind.PICKUP.value
    elif goes is None and quote.freight_fen:
        form.delivery.data = DeliveryKind.COURIER.value
    if goes is not None and not _is_possible(form.run.data, facts, quote):
        form.run.data = str(goes.id)
        form.pickup_point.data = form.pickup_point.data or str(goes.stops[0].pickup_point_id)


def next_run(facts: CheckoutFacts, quote: Quote, point: str | None = None) -> Run | None:
    """The first truck that can bring all of it, if possible to the point that is chosen."""
    going = [run for run in facts.runs if quote.reaches(run)]
    stopping = [run for run in going if point in {str(stop.pickup_point_id) for stop in run.stops}]
    return next(iter(stopping or going), None)


def _trucks_go(facts: CheckoutFacts, quote: Quote) -> bool:
    return next_run(facts, quote) is not None


def _wanted_courier(form: CheckoutForm, before: Quote) -> bool:
    """An address was typed while couriers could bring it."""
    return bool(before.freight_fen and form.street.data)


def _is_possible(chosen: str | None, facts: CheckoutFacts, quote: Quote) -> bool:
    return any(str(run.id) == chosen and quote.reaches(run) for run in facts.runs)
