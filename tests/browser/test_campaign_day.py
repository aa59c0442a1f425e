"""A union's welfare from the choice on a phone to the sheet that is signed: each person on their own screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.membership import put_member
from shop.accounts.models import User
from shop.accounts.organisations import VIEWER
from shop.campaigns.day.models import Handout
from shop.campaigns.enrolling import import_members
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice
from shop.campaigns.models import CampaignOrder
from shop.campaigns.offering import save_slot
from shop.campaigns.opening import open_campaign
from shop.campaigns.planning import Plan
from shop.campaigns.setting_up import make_campaign
from shop.delivery.models import PointKeeper, Run
from shop.delivery.runs import open_runs
from shop.demo.campaigns import campaign_buyer, campaign_goods, member_table, offer_goods
from shop.extensions import unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.references import secret_token
from shop.ordering.models import Order
from tests.browser.looking import DESKTOP, PHONE

UNION = "demo-staff-union"
PEOPLE = 8  # two of each sub-union


@dataclass(frozen=True)
class Planted:
    """An open campaign of the demo's union at the keeper's point, in which the demo's buyer is a member."""

    id: int
    member_id: int
    unit: str

    @property
    def home(self) -> str:
        return f"/org/{UNION}/campaigns/{self.id}"


def plant(session) -> Planted:
    now, ids = utc_now(), dict(session.execute(sa.select(User.email, User.id)).all())
    user_id, organisation_id = campaign_buyer(session)
    point_id = session.scalars(
        sa.select(PointKeeper.pickup_point_id).where(PointKeeper.user_id == ids["point@demo.example"])
    ).first()
    truck = open_runs(session, now=now, point_id=point_id)[-1]
    day = shanghai_date(truck.arrives_at)
    plan = Plan(
        "中秋福利",
        now - timedelta(hours=1),
        now + timedelta(hours=9),
        day,
        20_000,
        True,
        "周老师",
        "13800001234",
    )
    campaign_id = make_campaign(
        session, organisation_id, plan, token=secret_token(), actor_id=user_id, now=now
    )
    offer_goods(session, campaign_id, campaign_goods(session, utc_now()), user_id)
    starts_at = truck.arrives_at + timedelta(hours=1)
    save_slot(
        session, campaign_id, point_id=point_id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
        capacity=30, actor_id=user_id,
    )  # fmt: skip
    import_members(session, campaign_id, member_table(PEOPLE), whole=False, actor_id=user_id, now=now)
    wanted = sa.select(CampaignMember).where(CampaignMember.campaign_id == campaign_id)
    members = session.scalars(wanted.order_by(CampaignMember.staff_number)).all()
    members[0].user_id = ids["buyer@demo.example"]
    unit = session.get_one(CampaignUnit, members[1].unit_id)
    unit.organiser_id = ids["buyer2@demo.example"]
    open_campaign(session, campaign_id, actor_id=user_id, now=now)
    put_member(session, organisation_id, ids["buyer2@demo.example"], VIEWER, actor_id=None, now=now)
    session.flush()
    return Planted(campaign_id, members[0].id, unit.name)


@pytest.fixture
def planted(worker_app):
    with worker_app.app_context():
        return unit_of_work().run(plant)


@pytest.fixture
def read(worker_app):
    def read(statement):
        with worker_app.app_context():
            return unit_of_work().run(lambda session: session.scalars(statement).all())

    return read


@pytest.fixture
def goods_arrive(worker_app, planted):
    """Before that, and before its day, nothing is handed out. Afterwards the truck, which others use as well, is away."""
    runs = (
        sa.select(Order.run_id)
        .join(CampaignOrder, CampaignOrder.order_id == Order.id)
        .where(CampaignOrder.campaign_id == planted.id)
    )

    def arrive(at):
        with worker_app.app_context():
            statement = sa.update(Run).where(Run.id.in_(runs)).values(arrived_at=at)
            unit_of_work().run(lambda session: session.execute(statement))

    yield lambda: arrive(utc_now())
    arrive(None)


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_welfare_is_chosen_closed_handed_out_by_code_and_as_a_pile(
    width, language, visit, worker, planted, read, goods_arrive
):
    member = visit("buyer", width=width, language=language)
    member.open(f"/org/campaigns/{planted.id}/choose")
    member.press(member.button("确认选择", "Confirm the choice"))

    union = visit("union", width=width, language=language)
    union.open(planted.home)
    union.press(union.link("先试算，再关单", "Dry run, then close"))
    union.main.locator("[name=seen]").check()
    union.press(union.button("关单，下给村里", "Close and order"))
    worker.does("close_campaigns")
    union.open(planted.home)
    union.press(union.link("名单与发放", "Lists and handing out"))
    assert union.says(f"共 {PEOPLE} 人", f"of {PEOPLE} people") in union.text

    member.open(f"/org/campaigns/{planted.id}/choose")
    code = member.main.locator("#pickup").inner_text()
    assert [code] == read(sa.select(Choice.pickup_code).where(Choice.member_id == planted.member_id))
    member.main.locator("#collector").fill("李同事")
    member.press(member.main.locator("form:has(#collector) button"))

    keeper = visit("point", width=width, language=language)
    keeper.open(f"/point/welfare/{planted.id}")
    assert keeper.says("才能发放", "Goods are handed out from") in keeper.text
    goods_arrive()
    keeper.main.locator("#code").fill(code)
    keeper.press(keeper.button("查", "Look up"))
    assert "李同事" in keeper.text
    keeper.main.locator("[name=collected_by]").fill("李同事")
    keeper.press(keeper.button("交货", "Hand over"))
    keeper.open(f"/point/welfare/{planted.id}")
    keeper.open(f"/point/welfare/{planted.id}/sheet")

    representative = visit("buyer2", width=width, language=language)
    representative.open(f"{planted.home}/day")
    representative.press(representative.button("整批领走", "Has the pile"))
    representative.press(representative.button("已领", "Has it"))
    handed = read(sa.select(Handout.way).where(Handout.campaign_id == planted.id).order_by(Handout.id))
    assert handed == ["point", "representative"]

    union.open(f"{planted.home}/day")
    assert planted.unit in union.text
    union.open(f"{planted.home}/day?look=collected")
    assert "李同事" in union.text
    union.press(union.link("签领表", "Sign-off sheet"))
    assert "李同事" in union.text
    union.open(f"{planted.home}/leftovers")
    member.open(f"/org/campaigns/{planted.id}/choose")
    assert "李同事" in member.text
