"""Transfers take days and are split by seller: an organisation may have more of them waiting than an account may owe."""

from __future__ import annotations

import pytest

from shop.accounts.models import Organisation, OrganisationMember, ShopSetting
from shop.accounts.shop_settings import DEFAULTS
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import place_order
from shop.ordering.errors import TooManyUnpaid
from tests.factories.buying import a_wish, an_account, fill_basket
from tests.factories.small_shop import open_small_shop

MOST = DEFAULTS.most_unpaid_orders + 2


@pytest.fixture
def shop(session):
    setting = {"name": "most_waiting_transfers", "value": {"value": MOST}, "version": 1}
    shop = open_small_shop(session)
    session.add(ShopSetting(**setting, changed_at=shop.now))
    return shop


@pytest.fixture
def order(session, shop):
    """Place an order of one unit."""

    def _order(buyer: BasketOwner, payment_method: str = "bank_transfer"):
        fill_basket(session, buyer, {"tea": 1}, now=shop.now)
        session.commit()
        placed = place_order(session, a_wish(shop, buyer, payment_method=payment_method), now=shop.now)
        session.commit()
        return placed

    return _order


@pytest.fixture
def member(session, shop):
    """Somebody who buys for the union."""
    union = Organisation(slug="union", name="校工会", invoice_title="校工会", tax_number="91610000MA6TXXXX0X")
    session.add(union)
    session.flush()

    def _member(role: str = "buyer") -> BasketOwner:
        buyer = an_account(session, now=shop.now)
        session.add(OrganisationMember(organisation_id=union.id, user_id=buyer.user_id, role=role))
        session.flush()
        return buyer

    return _member


def test_members_of_an_organisation_together_have_its_own_number_of_waiting_transfers(session, order, member):
    first, second = member(), member("owner")
    for number in range(MOST):
        order((first, second)[number % 2])
    with pytest.raises(TooManyUnpaid, match=f"{MOST} orders of your organisation wait"):
        order(first)


def test_transfers_of_an_organisation_leave_room_for_what_is_paid_at_once(order, member):
    buyer = member()
    for _ in range(MOST):
        order(buyer)
    for _ in range(DEFAULTS.most_unpaid_orders):
        order(buyer, "sandbox")
    with pytest.raises(TooManyUnpaid, match=f"{DEFAULTS.most_unpaid_orders} orders of yours wait"):
        order(buyer, "sandbox")


def test_who_only_looks_at_what_an_organisation_buys_has_an_accounts_limit(order, member):
    reader = member("viewer")
    for _ in range(DEFAULTS.most_unpaid_orders):
        order(reader)
    with pytest.raises(TooManyUnpaid, match=f"{DEFAULTS.most_unpaid_orders} orders of yours wait"):
        order(reader)


def test_an_account_without_an_organisation_has_its_own_limit(session, shop, order):
    buyer = an_account(session, now=shop.now)
    for _ in range(DEFAULTS.most_unpaid_orders):
        order(buyer)
    with pytest.raises(TooManyUnpaid, match=f"{DEFAULTS.most_unpaid_orders} orders of yours wait"):
        order(buyer)
