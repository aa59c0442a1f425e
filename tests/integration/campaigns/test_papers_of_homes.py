"""The papers of a campaign hold every order of its close, parcels home too."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.campaigns.models import Campaign
from shop.campaigns.order_places import all_orders
from shop.campaigns.own_models import CampaignParcel
from shop.catalogue.models import PackingPlace
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.invoicing.models import InvoiceOrder
from shop.ordering.models import Order
from shop.reimbursement.about import find_about
from shop.reimbursement.goods import read_goods
from shop.reimbursement.models import PackKind
from shop.reimbursement.sign_off import _member_rows
from shop.reimbursement.wording import Tongue
from tests.factories.campaign_days import close_now
from tests.factories.campaigns import a_choice, member_ids, open_union_shop
from tests.integration.campaigns.test_home import choose_now, sent_home

SAY = Tongue(str, chinese=False)


@pytest.fixture
def union(session):
    union = open_union_shop(session)
    session.execute(sa.update(Campaign).values(home_delivery=True))
    session.commit()
    return union


def papers(session, union):
    session.rollback()
    organisation = session.get_one(Organisation, union.organisation_id)
    return find_about(session, organisation, PackKind.CAMPAIGN, str(union.campaign_id))


def test_parcels_home_stand_in_the_papers_as_on_the_bill(session, unit_of_work, union):
    first, *others = member_ids(session, union)
    choose_now(session, union, first, sent_home(union))
    for one in others:
        choose_now(session, union, one, a_choice(union))
    session.rollback()
    close_now(unit_of_work, union)
    goods = read_goods(session, papers(session, union).order_ids)
    billed = session.scalars(sa.select(Order.total_fen).where(Order.id.in_(all_orders(union.campaign_id))))
    assert goods.total_fen == sum(billed)
    assert {one.id for one in goods.orders} == set(session.scalars(sa.select(InvoiceOrder.order_id)))
    assert sum(one.units for one in goods.lines) == 4 * 2  # honey and eggs for each of four members
    assert len(goods.orders) == 2


def test_a_campaign_that_sends_everything_home_has_papers(session, unit_of_work, union):
    for one in member_ids(session, union):
        choose_now(session, union, one, sent_home(union))
    session.rollback()
    close_now(unit_of_work, union)
    assert len(papers(session, union).order_ids) == 4


def test_the_sheet_says_how_and_when_a_parcel_came_home(session, unit_of_work, union):
    first, *_ = member_ids(session, union)
    choose_now(session, union, first, sent_home(union))
    session.rollback()
    close_now(unit_of_work, union)
    about = papers(session, union)
    order_id = session.scalar(sa.select(CampaignParcel.order_id).where(CampaignParcel.member_id == first))
    session.add(
        Parcel(
            code="WELFARE1", order_id=order_id, packing_place_id=session.scalar(sa.select(PackingPlace.id).limit(1)),
            status=ParcelStatus.DELIVERED, weight_g=900, carrier="sf", tracking_number="SF123",
            packed_at=union.now, shipped_at=union.now, delivered_at=union.now,
        )
    )  # fmt: skip
    session.flush()
    rows = {row[1]: row for row in _member_rows(session, about, SAY)}
    assert "SF123" in rows["A00001"][5]
    assert rows["A00001"][4] == SAY.day(union.now)
    assert rows["A00002"][4:] == ["", "", ""]
