"""The close of a campaign of 6,000 members, a third of whom chose: `python -m tests.benchmarks.campaign`.

HOMES of those who chose (0) have it sent home: each is an order of its own, placed and accepted for itself.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop import create_app
from shop.accounts.terms_models import OrganisationTerms
from shop.campaigns.beginning import begin_closing
from shop.campaigns.closing import close_campaigns
from shop.campaigns.home import Home
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.models import Campaign
from shop.check.campaigns import RULES
from shop.delivery.models import Run
from shop.extensions import unit_of_work
from shop.storage.unit_of_work import UnitOfWork
from tests.benchmarks.databases import empty
from tests.databases import testing_settings
from tests.factories.campaigns import UnionShop, a_choice, choose_by_link, enrol, open_union_shop

MEMBERS, CHOSEN, GOAL_SECONDS = 6_000, 2_000, 60
HOMES = int(os.environ.get("HOMES", "0"))
_HOME = Home("会员", "+8613900000009", "陕西省", "西安市", "碑林区", "咸宁西路 28 号")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        empty(Path(folder), server=os.environ.get("BENCH_SERVER")) as url,
    ):
        app = create_app(testing_settings(Path(folder) / "campaign", url))
        with app.app_context():
            measure(unit_of_work())


def measure(work: UnitOfWork) -> None:
    union = work.run(_fill)
    at = union.now
    work.run(partial(begin_closing, campaign_id=union.campaign_id, actor_id=union.buyer_id, now=at))
    counted = Counter[str]()
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *facts: counted.update(["statements"]))
    started = monotonic()
    steps = close_campaigns(work, now=at)
    took, statements = monotonic() - started, counted["statements"]
    state, choices, broken = work.run(partial(_outcome, union=union))
    print(
        f"{choices:,} members, {HOMES:,} of them at home, closed in {took:.1f} s ({steps:,} steps,"
        f" {statements:,} statements), goal {GOAL_SECONDS} s: {state}, {broken} broken rules"
    )


def _fill(session: Session) -> UnionShop:
    union = open_union_shop(session, members=4, places=MEMBERS, stock=20_000)
    session.execute(sa.update(Run).values(capacity_g=10**9))
    session.execute(sa.update(OrganisationTerms).values(limit_fen=10**9))
    enrol(session, union, MEMBERS - 4, first=5)
    members = session.scalars(sa.select(CampaignMember.id).order_by(CampaignMember.id).limit(CHOSEN)).all()
    session.execute(sa.update(Campaign).values(home_delivery=True))
    for number, member_id in enumerate(members):
        wish = a_choice(union, slot=member_id % 2)
        choose_by_link(session, union, member_id, replace(wish, home=_HOME) if number < HOMES else wish)
    return union


def _outcome(session: Session, union: UnionShop) -> tuple[str, int, int]:
    campaign = session.get_one(Campaign, union.campaign_id)
    choices = session.scalar(sa.select(sa.func.count(Choice.member_id))) or 0
    broken = sum(len(list(rule.find(session, union.now))) for rule in RULES)
    return f"{campaign.state} {campaign.refusal or ''}".strip(), choices, broken


if __name__ == "__main__":
    main()
