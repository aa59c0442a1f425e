"""For whom an order counts: the organisation's department, or that of a person who had agreed when ordering."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.counting_consent import UNIT_PURCHASES, answer_counting
from shop.accounts.models import AuditEntry, Consent, Organisation, OrganisationKind, User
from shop.kit.clock import month_of, months_before
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.models import ClosedMonth
from shop.ordering.models import Order
from shop.purchases.channels import kinds_by_channel, set_channel_kinds
from shop.purchases.counting import Correction, MonthIsClosed, correct_purchase
from shop.purchases.models import CountedPurchase, Funding, PurchaseBuyer, PurchaseKind
from tests.factories.counting_trade import CountingTrade, open_counting_trade


@pytest.fixture
def trade(session, unit_of_work) -> CountingTrade:
    return open_counting_trade(session, unit_of_work)


def counted(trade, order_id: int) -> CountedPurchase | None:
    return trade.run(lambda session: session.get(CountedPurchase, order_id))


def correct(trade, order_id: int, said: Correction) -> None:
    number = trade.order_row(order_id).number
    trade.run(lambda session: correct_purchase(session, number, said, actor_id=trade.admin_id, now=trade.now))


def test_an_organisations_order_counts_for_its_department_with_its_money(trade):
    found = counted(trade, trade.sell_on_terms({"tea": 1}))
    assert (found.unit_id, found.organisation_id) == (trade.units[0], trade.organisation_id)
    assert (found.funding, found.kind) == (Funding.UNION, PurchaseKind.DIRECT)


@pytest.mark.parametrize(
    ("kind", "funding"),
    [
        (OrganisationKind.UNION, Funding.UNION),
        (OrganisationKind.CANTEEN, Funding.CANTEEN),
        (OrganisationKind.DEPARTMENT, Funding.ADMINISTRATION),
        (OrganisationKind.COMPANY, Funding.OTHER),
    ],
)
def test_until_somebody_says_who_buys_an_organisation_spends_the_money_of_its_kind(trade, kind, funding):
    def forget(session):
        session.execute(sa.delete(PurchaseBuyer))
        session.get_one(Organisation, trade.organisation_id).kind = kind

    trade.run(forget)
    found = counted(trade, trade.sell_on_terms({"tea": 1}))
    assert (found.unit_id, found.funding) == (None, funding)


def test_a_person_counts_who_agreed_and_nobody_else(trade):
    found = [counted(trade, trade.sell({"tea": 1})) for _ in range(3)]
    assert [one.funding if one else None for one in found] == [Funding.PERSONAL, None, None]


def test_an_order_that_nobody_paid_counts_for_nobody(trade):
    trade.buyers = 0
    order_id = trade.order({"tea": 1})
    assert trade.order_row(order_id).counts_for_unit
    trade.expire(order_id)
    assert counted(trade, order_id) is None


def test_agreeing_is_written_down_taken_back_and_leaves_earlier_orders_alone(trade):
    def consents(session):
        return session.execute(
            sa.select(Consent.document, Consent.withdrawn_at.is_(None)).where(
                Consent.user_id == trade.union_id
            )
        ).all()

    for agrees in (True, True, False, True):
        trade.run(lambda session, yes=agrees: answer_counting(session, trade.union_id, yes, now=trade.now))
    assert sorted(trade.run(consents)) == [(UNIT_PURCHASES, False), (UNIT_PURCHASES, True)]
    assert trade.run(lambda session: session.get(User, trade.union_id)).counts_for_unit is True


def test_a_channel_that_helps_to_sell_holds_for_orders_from_then_on(trade):
    before = trade.sell_on_terms({"tea": 1})
    said = dict.fromkeys(trade.run(kinds_by_channel), "direct") | {"shop": "helped"}
    trade.run(lambda session: set_channel_kinds(session, said, actor_id=trade.admin_id, now=trade.now))
    after = trade.sell_on_terms({"tea": 1})
    assert [counted(trade, one).kind for one in (before, after)] == [PurchaseKind.DIRECT, PurchaseKind.HELPED]


def test_a_mistake_is_put_right_with_a_trail_until_the_month_is_closed(trade):
    order_id = trade.sell_on_terms({"tea": 1})
    correct(trade, order_id, Correction(trade.units[1], Funding.CANTEEN, PurchaseKind.HELPED, " 832-7 "))
    found = counted(trade, order_id)
    assert (found.unit_id, found.funding, found.outside_number) == (trade.units[1], Funding.CANTEEN, "832-7")
    actions = sa.select(AuditEntry.facts).where(AuditEntry.action == "purchase.corrected")
    [facts] = trade.run(lambda session: session.scalars(actions).all())
    assert facts["funding"] == ["union", "canteen"]
    month = months_before(month_of(trade.now), 2)

    def close(session):
        session.execute(
            sa.update(Order).where(Order.id == order_id).values(confirmed_at=trade.now - timedelta(days=75))
        )
        session.add(
            ClosedMonth(
                month=month, entries=0, turnover_fen=0, closed_at=trade.now, closed_by_id=trade.admin_id
            )
        )

    trade.run(close)
    with pytest.raises(MonthIsClosed):
        correct(trade, order_id, Correction(trade.units[0], Funding.UNION, PurchaseKind.DIRECT))


def test_what_cannot_be_is_refused(trade):
    first, second = trade.sell_on_terms({"tea": 1}), trade.sell_on_terms({"tea": 1})
    person = trade.agreed({"tea": 1})
    union = Correction(trade.units[0], Funding.UNION, PurchaseKind.DIRECT, "832-1")
    correct(trade, first, union)
    for order_id, said in (
        (second, union),
        (second, Correction(trade.units[0], Funding.PERSONAL, PurchaseKind.DIRECT)),
        (second, Correction(999_999, Funding.UNION, PurchaseKind.DIRECT)),
        (person, Correction(None, Funding.PERSONAL, PurchaseKind.DIRECT)),
        (person, Correction(trade.units[0], Funding.UNION, PurchaseKind.DIRECT)),
    ):
        with pytest.raises(InvalidInput):
            correct(trade, order_id, said)
    with pytest.raises(NotFound):
        trade.run(lambda session: correct_purchase(session, "ABSENT", union, actor_id=None, now=trade.now))
