"""Pages that only an unguessable address opens: the card of a farmer, and the pickup code that a buyer passed on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from shop.accounts.cards import end_card, issue_card
from shop.accounts.models import User
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from shop.ordering.passes import end_pass, open_pass_of, pass_key, pass_on
from shop.settings import DEMO_SECRET
from shop.storage.database import WRITES
from tests.browser.looking import DESKTOP, NARROW, PHONE, broken_names, grave_findings, too_wide
from tests.browser.wording import untranslated
from tests.databases import own_engine


@pytest.fixture
def write(whole_live_shop) -> Callable:
    """What is done in the running shop's own database."""
    engine = own_engine(whole_live_shop.database_url).execution_options(**{WRITES: True})

    def _write(work):
        with Session(engine) as session:
            done = work(session)
            session.commit()
        return done

    return _write


def looked_at(page, language: str, widths) -> list[str]:
    return grave_findings(page) + untranslated(page, language) + too_wide(page, widths) + broken_names(page)


def test_a_farmers_card_names_whom_it_signs_in_and_nothing_happens_before_the_tap(visit, write):
    farmer = sa.select(User.id).where(User.email == "farmer@demo.example")
    token = write(lambda s: issue_card(s, s.scalars(farmer).one(), actor_id=None, now=utc_now()))
    phone = visit()
    phone.page.goto(f"{phone.url}/farm/card/{token}")
    assert looked_at(phone.page, "zh", (NARROW, PHONE)) == []
    phone.page.goto(f"{phone.url}/farm/tasks")
    expect(phone.page).to_have_url(f"{phone.url}/farm/login?next=/farm/tasks")
    phone.page.goto(f"{phone.url}/farm/card/{token}")
    phone.page.locator("main form button").first.click()
    expect(phone.page.locator("h1").first).to_contain_text("要备")
    write(lambda s: end_card(s, s.scalars(farmer).one(), actor_id=None, now=utc_now()))


@pytest.mark.parametrize(("language", "width"), [("zh", PHONE), ("en", DESKTOP)])
def test_a_colleague_sees_the_code_and_nothing_after_its_buyer_ended_it(visit, write, world, language, width):
    order_id = sa.select(Order.id).where(Order.number == world.orders["a"]["here"].number)

    def share(session: Session) -> str:
        found = session.scalars(order_id).one()
        pass_on(session, found, now=utc_now())
        return pass_key(open_pass_of(session, found).id, DEMO_SECRET)

    key = write(share)
    colleague = visit(width=width, language=language)
    colleague.page.goto(f"{colleague.url}/collect/{key}")
    code = write(lambda s: s.get_one(Order, s.scalars(order_id).one()).pickup_code)
    expect(colleague.page.locator("main")).to_contain_text(code)
    assert looked_at(colleague.page, language, (NARROW, DESKTOP, width)) == []
    write(lambda s: end_pass(s, s.scalars(order_id).one(), now=utc_now()))
    with colleague.ears.expecting(404):
        colleague.page.goto(f"{colleague.url}/collect/{key}")
        expect(colleague.page.locator("main")).not_to_contain_text(code)
