"""Who receives an organisation's gifts is in nobody's copy of their own data; what somebody asked for it is while they
belong to it.
"""

from __future__ import annotations

import json
from dataclasses import replace

from shop.accounts.membership import put_member, remove_member
from shop.accounts.models import User
from shop.accounts.privacy_models import AboutWhat
from shop.ordering.bought_before import bought_before
from shop.privacy.copies import read_copy
from shop.privacy.people import person_of, person_to_copy
from shop.quotations.access import Member
from shop.quotations.requesting import RequestWish, request_quotation
from tests.factories.gifts import PEOPLE, a_gift, a_list, place, submit

WISH = RequestWish("asked once", "教工节慰问品", "赵老师", "13800000077", {})


def copy_of(trade, user_id) -> str:
    def read(session):
        return read_copy(session, person_to_copy(session, AboutWhat.USER, str(user_id)))

    return json.dumps(trade.run(read), ensure_ascii=False, default=str)


def ordered(trade) -> None:
    """Gifts to three people, and a quotation asked for."""
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    member = Member(trade.union_id, trade.organisation_id, "union", "工会", "buyer")
    wish = replace(WISH, items={trade.shop.variants["tea"]: 30})
    trade.run(lambda session: request_quotation(session, member, wish, now=trade.now))


def leave(trade) -> None:
    """Somebody else is the owner from now on, who removes the buyer."""

    def remove(session):
        other = User(email="other@shop.example", name="其他", created_at=trade.now, confirmed_at=trade.now)
        session.add(other)
        session.flush()
        who = {"actor_id": other.id, "now": trade.now}
        put_member(session, trade.organisation_id, other.id, "owner", **who)
        remove_member(session, trade.organisation_id, trade.union_id, **who)

    trade.run(remove)


def test_a_members_copy_holds_what_they_asked_for_and_nobody_whom_the_organisation_sent_to(trade):
    ordered(trade)
    copied = copy_of(trade, trade.union_id)
    assert WISH.title in copied
    assert not [word for person in PEOPLE for word in person if word in copied]
    assert not [phone for _, phone, _ in PEOPLE if f"+86{phone}" in copied]


def test_who_was_removed_takes_nothing_of_the_organisation_along(trade):
    ordered(trade)
    assert trade.run(lambda session: bought_before(session, trade.union_id, page=1)).items
    leave(trade)
    copied = copy_of(trade, trade.union_id)
    assert '"users"' in copied, "their own is there"
    assert not [
        word for word in (WISH.title, WISH.contact, WISH.phone, '"orders"', '"payments"') if word in copied
    ]
    assert trade.run(lambda session: bought_before(session, trade.union_id, page=1)).items == []


def test_a_recipients_telephone_is_not_the_buyers_when_that_one_is_erased_or_copied(trade):
    """A stranger's own letters and invitations hang on it."""
    ordered(trade)
    person = trade.run(lambda session: person_of(session, AboutWhat.USER, str(trade.union_id)))
    assert len(person.order_ids) == len(PEOPLE), "an erasure finds what was ordered all the same"
    assert not [
        phone for _, phone, _ in PEOPLE if f"+86{phone}" in person.contacts or phone in person.contacts
    ]
