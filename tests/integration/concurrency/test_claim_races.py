"""A claim that several people decide at once: one decision stands, and the buyer hears one.

The twin without the order's lock must go red, or the race proves nothing.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.ordering.claim_models import ClaimRule, ClaimStatus
from shop.ordering.claims import AlreadyDecided, decide_claim
from shop.ordering.models import OrderEvent
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks

DECISIONS = (
    (ClaimStatus.ACCEPTED, ClaimRule.BAD_ON_ARRIVAL),
    (ClaimStatus.REFUSED, ClaimRule.NOT_SHOWN),
) * 3


@pytest.fixture
def trade(session, unit_of_work) -> Trade:
    return open_for_trade(session, unit_of_work)


def several_decide_once(trade: Trade, decisions: tuple[tuple[ClaimStatus, ClaimRule], ...]) -> None:
    order_id = trade.sell({"tea": 1})
    trade.deliver(order_id)
    claim_id = trade.claim(order_id, "tea")
    start = Barrier(len(decisions))
    decided = {"answer": "Sorry.", "actor_id": trade.admin_id}

    def decide(decision: tuple[ClaimStatus, ClaimRule]) -> str:
        status, rule = decision
        start.wait()
        try:
            trade.unit_of_work.run(
                lambda s: decide_claim(s, claim_id, status, rule=rule, now=trade.now, **decided)
            )
        except AlreadyDecided:
            return "too late"
        return "decided"

    with ThreadPoolExecutor(len(decisions)) as people:
        outcomes = Counter(people.map(decide, decisions))
    assert outcomes == {"decided": 1, "too late": len(decisions) - 1}
    told = sa.select(OrderEvent.facts).where(
        OrderEvent.order_id == order_id, OrderEvent.kind == "claim_decided"
    )
    noted = sa.select(AuditEntry.facts).where(
        AuditEntry.action == "claim.decided", AuditEntry.subject_id == str(claim_id)
    )
    rows = trade.run(lambda s: [*s.scalars(told), *s.scalars(noted)])
    assert [facts["decision"] for facts in rows] == [rows[0]["decision"]] * 2


@pytest.mark.race(twin="test_without_the_lock_a_claim_is_decided_more_than_once")
def test_a_claim_that_six_people_decide_at_once_is_decided_once(trade: Trade):
    several_decide_once(trade, DECISIONS)
    assert trade.violations() == []


def test_without_the_lock_a_claim_is_decided_more_than_once(trade: Trade, unit_of_work):
    """Two do: without the order's lock they still wait for each other's row, and six would wait too long."""
    trade.unit_of_work = without_locks(unit_of_work)
    drop_unique(
        trade.unit_of_work, "conversation_messages", "uq_conversation_messages_conversation_id_request_token"
    )
    assert goes_wrong(lambda: several_decide_once(trade, DECISIONS[:2]))
