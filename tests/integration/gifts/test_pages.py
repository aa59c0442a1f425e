"""What a gift's pages say before and after the button: what is short, which limit, which day, and that it waits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisation_models import Span
from shop.accounts.spending_limits import set_limits
from shop.accounts.terms_models import OrganisationTerms
from shop.gifts.drafts import start_gift
from shop.gifts.models import Gift
from shop.gifts.quoting import quote_gift
from shop.kit.clock import utc_now
from tests.factories.gifts import a_gift, a_list, place, rows, states, submit, total_of


@pytest.fixture
def listed(trade) -> int:
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    return gift_id


def page(gift_id: int, rest: str = "") -> str:
    return f"/org/union/gifts/{gift_id}{rest}"


def spending_limit(trade, fen: int) -> None:
    set_it = partial(set_limits, actor_id=trade.admin_id, now=trade.now)
    trade.run(lambda session: set_it(session, trade.organisation_id, None, {Span.MONTH: fen}))


def add_approver(trade) -> None:
    def add(session):
        person = User(email="approver@xjtu.example", name="审批人", created_at=trade.now)
        session.add(person)
        session.flush()
        of = {"organisation_id": trade.organisation_id, "user_id": person.id}
        session.add(OrganisationMember(**of, role="approver"))

    trade.run(add)


def test_goods_that_are_short_are_named_with_how_many_recipients_they_are_enough_for(trade, buyer):
    gift_id = a_gift(trade, {"tea": 25})
    a_list(trade, gift_id)
    said = buyer.open(page(gift_id, "/pay")).text
    assert "there is enough for 1 of 3 recipients. Leave 2 of them out" in said
    assert "Nobody on the list can be sent to" not in said


def test_what_may_still_be_owed_is_named_with_how_many_recipients_it_is_enough_for(trade, buyer, listed):
    total_fen = total_of(trade, listed)
    trade.run(lambda session: session.execute(sa.update(OrganisationTerms).values(limit_fen=total_fen - 1)))
    said = buyer.open(page(listed, "/pay")).text
    assert f"On account ¥{(total_fen - 1) / 100:.2f} are free" in said
    assert "enough for 2 recipients" in said


def test_a_spending_limit_is_named_before_the_button_and_the_gift_says_that_it_waits(trade, buyer, listed):
    spending_limit(trade, 10_000)
    said = buyer.open(page(listed, "/pay")).text
    assert "above a limit of your organisation" in said
    assert "¥100.00" in said
    assert "Nobody else of your organisation may approve it" in said
    add_approver(trade)
    assert "its approvers are asked, and nothing is ordered before" in buyer.open(page(listed, "/pay")).text
    buyer.send(page(listed, "/pay"))
    said = buyer.open(page(listed)).text
    assert "It waits for approval" in said
    assert "0 of 0 ordered" not in said
    assert "not sent yet" not in said


def test_no_limit_is_named_where_none_is_gone_beyond(trade, buyer, listed):
    spending_limit(trade, total_of(trade, listed))
    said = buyer.open(page(listed, "/pay")).text
    assert "above a limit" not in said
    assert "are free, and this comes to" not in said


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abc", "write the day of the gift like 2026-11-30"),
        ("1999-01-01", "write the day of the gift like 2026-11-30"),
        ("today", "at the earliest"),
        ("2031-05-01", "Please choose an earlier"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_words_and_kept_as_typed(trade, buyer, listed, typed, words):
    typed = utc_now().date().isoformat() if typed == "today" else typed
    buyer.open(page(listed, "/day")).send(page(listed, "/day"), refused=400, other=typed)
    assert words in buyer.text
    assert f'value="{typed}"' in buyer.page
    assert trade.run(lambda session: session.get_one(Gift, listed)).deliver_on is None


def test_a_day_that_is_offered_is_kept_and_one_of_another_year_says_which(trade, buyer, listed):
    day = trade.run(lambda session: quote_gift(session, listed, now=utc_now())).days()[0]
    buyer.open(page(listed, "/day")).send(page(listed, "/day"), day=day.isoformat())
    assert trade.run(lambda session: session.get_one(Gift, listed)).deliver_on == day
    later = utc_now().date().replace(month=1, day=8) + timedelta(days=366)
    trade.run(lambda session: setattr(session.get_one(Gift, listed), "deliver_on", later))
    assert str(later.year) in buyer.open(page(listed, "/pay")).text


def test_what_waits_for_its_transfer_is_said_to_be_unpaid(trade, buyer, listed):
    submit(trade, listed, hold_days=5)
    place(trade, listed)
    assert "3 of 3 ordered, not paid yet" in buyer.open(page(listed)).text


def test_the_table_of_tracking_numbers_has_eleven_digits_and_the_row_of_the_buyers_own_list(
    trade, buyer, listed
):
    submit(trade, listed)
    place(trade, listed)
    lines = buyer.download(page(listed, "/tracking.csv")).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Row,Order,Name,Telephone")
    assert [(row.split(",")[0], row.split(",")[3]) for row in lines[1:]] == [
        ("2", "13800000014"),
        ("3", "13800000037"),
        ("4", "13800000052"),
    ]


def test_a_name_that_is_too_long_is_refused_and_not_cut(trade, buyer):
    buyer.open("/org/union/gifts/new").send("/org/union/gifts/new", refused=400, name="礼" * 200)
    assert "At most 60 characters, and these are 200" in buyer.text
    assert f'value="{"礼" * 200}"' in buyer.page


def test_nothing_chosen_does_not_lead_on_to_the_recipients(trade, buyer):
    who = {"actor_id": trade.union_id, "now": trade.now}
    empty = trade.run(lambda session: start_gift(session, trade.organisation_id, "空", token="empty", **who))
    goods = page(empty, "/goods")
    buyer.open(goods).send(goods, refused=400)
    assert "Please choose first what is in the gift." in buyer.text


def test_one_press_mends_every_row_with_the_same_fault_and_nothing_else(trade, buyer):
    gift_id = a_gift(trade)
    people = [(f"人{one}", f"1380000{one:04}", f"雁塔区小寨东路{one}号") for one in range(30)]
    a_list(
        trade, gift_id, [*people, ("无路", "13800009999", "北京路1号"), ("短号", "138", "雁塔区长安路9号")]
    )
    buyer.open(page(gift_id, "/recipients"))
    assert "31 rows may mean it" in buyer.text
    buyer.send(page(gift_id, "/recipients/same"))
    assert "31 rows are corrected." in buyer.text
    assert states(trade, gift_id) == ["ready"] * 30 + ["bad"] * 2
    assert rows(trade, gift_id)[-1].address == "陕西省西安市雁塔区长安路9号"


def test_a_row_names_three_of_the_many_that_have_its_telephone(trade, buyer):
    gift_id = a_gift(trade)
    a_list(
        trade, gift_id, [(f"人{one}", "13800000014", "陕西省西安市雁塔区小寨东路9号") for one in range(12)]
    )
    said = buyer.open(page(gift_id, "/recipients")).text
    assert "The same telephone as 11 other rows: 3, 4, 5 and more." in said
