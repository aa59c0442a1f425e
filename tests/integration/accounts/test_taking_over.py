"""The owner of an address takes the account over from whoever registered with it: nothing that one said binds them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.consents import texts_to_agree_anew
from shop.accounts.counting_consent import UNIT_PURCHASES, answer_counting
from shop.accounts.models import Consent, Unit, User
from shop.accounts.page_texts import consent_versions
from shop.accounts.password_resets import issue_reset_token
from shop.kit.clock import utc_now
from shop.ordering.basket import BasketOwner
from shop.ordering.models import Order
from tests.factories.buying import fill_basket
from tests.factories.people import csrf_token, make_person, make_stranger, post, sign_in
from tests.factories.small_shop import open_small_shop

ADDRESS, ANOTHER = "lin@example.com", "another quiet ridge"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def unit_id(unit_of_work) -> int:
    def work(session):
        unit = Unit(slug="tea", name_zh="茶学院", name_en="Tea School")
        session.add(unit)
        session.flush()
        return unit.id

    return unit_of_work.run(work)


@pytest.fixture
def shop(session):
    opened = open_small_shop(session, now=utc_now())
    session.commit()
    return opened


@pytest.fixture
def account(unit_of_work):
    return make_stranger(unit_of_work, ADDRESS, consents=True)


@pytest.fixture
def takes_over(client, unit_of_work):
    """The owner sets a password by a link, on a page in this language; the page that follows."""

    def take(language="en"):
        _user, token = unit_of_work.run(lambda session: issue_reset_token(session, ADDRESS, now=utc_now()))
        headers = {"Accept-Language": language}
        client.get(f"/reset/new?token={token}", headers=headers)
        fields = {"password": ANOTHER, "csrf_token": csrf_token(client, "/reset/new")}
        assert client.post("/reset/new", data=fields, headers=headers).location == "/login"
        return client.get("/login", headers=headers).text

    return take


def test_a_strangers_department_and_its_counting_bind_the_owner_no_more_and_page_and_letter_say_so(
    account, unit_id, unit_of_work, takes_over, rows, letters
):
    def says(session):
        session.get_one(User, account.id).unit_id = unit_id
        answer_counting(session, account.id, True, now=utc_now())

    unit_of_work.run(says)
    page = takes_over()
    assert rows(sa.select(User.unit_id)) == [None]
    assert rows(sa.select(User.counts_for_unit)) == [None], "it is asked anew"
    [letter] = [one for one in letters() if "is gone" in one.subject]
    for said in ("The department in the profile", "whether purchases count for the department"):
        assert said in page
        assert said in letter.text
    assert None not in rows(sa.select(Consent.withdrawn_at).where(Consent.document == UNIT_PURCHASES))


def test_a_no_to_counting_is_asked_anew_too(account, unit_of_work, takes_over, rows):
    unit_of_work.run(lambda session: answer_counting(session, account.id, False, now=utc_now()))
    takes_over()
    assert rows(sa.select(User.counts_for_unit)) == [None]


def test_nothing_is_listed_of_what_there_was_not(account, takes_over, letters):
    page = takes_over()
    assert "The department in the profile" not in page
    assert "What else" not in page
    [letter] = [one for one in letters() if "is gone" in one.subject]
    assert "What else" not in letter.text
    assert "0 " not in letter.text.partition("http")[0]


def test_the_owner_is_written_to_in_the_language_of_the_page_where_they_set_the_password(
    account, takes_over, rows, letters
):
    assert rows(sa.select(User.language)) == ["zh"]
    takes_over("en")
    assert rows(sa.select(User.language)) == ["en"]
    assert [one.subject for one in letters() if "password" in one.subject.lower()]


def test_who_resets_their_own_password_keeps_the_language_of_the_account(
    unit_of_work, client, takes_over, rows
):
    person = make_person(unit_of_work, ADDRESS)
    chosen = sa.update(User).where(User.id == person.id).values(language="zh")
    unit_of_work.run(lambda session: session.execute(chosen).rowcount)
    takes_over("en")
    assert rows(sa.select(User.language)) == ["zh"]


def test_the_owner_is_asked_to_agree_as_at_registering_and_not_told_of_a_changed_text(
    account, takes_over, client, unit_of_work
):
    takes_over()
    first = sign_in(client, ADDRESS, ANOTHER)
    page = client.get(first.location, headers=ENGLISH).text
    assert "Our texts have changed" not in page
    assert "You agreed to an earlier version" not in page
    assert "Please read our texts" in page
    assert "I have read and agree to both texts." in page
    texts = unit_of_work.run(consent_versions)
    shown = " ".join(f"{name}-{version}" for name, version in sorted(texts.items()))
    post(client, "/account/consent", "/account/consent", texts=shown, agree="y", next="/cart")
    assert unit_of_work.run(lambda session: texts_to_agree_anew(session, account.id)) == {}


def test_nothing_is_ordered_before_the_owner_has_agreed(
    account, shop, takes_over, client, unit_of_work, rows
):
    takes_over()
    sign_in(client, ADDRESS, ANOTHER)
    owner = BasketOwner(user_id=account.id)
    unit_of_work.run(lambda session: fill_basket(session, owner, {"tea": 1}, now=utc_now()))
    led = client.get("/checkout")
    assert (led.status_code, led.location) == (302, "/account/consent?next=/checkout")
    unit_of_work.run(lambda session: session.execute(sa.update(Consent).values(withdrawn_at=None)).rowcount)
    form = client.get("/checkout").text
    unit_of_work.run(
        lambda session: session.execute(sa.update(Consent).values(withdrawn_at=utc_now())).rowcount
    )
    token = form.partition('name="checkout_token"')[2].partition('value="')[2].partition('"')[0]
    typed = {"checkout_token": token, "delivery": "courier", "recipient": "林", "phone": "13912345678",
             "province": "陕西省", "city": "西安市", "district": "雁塔区", "street": "某街 1 号",
             "payment_method": "sandbox", "invoice": "none", "seen_freight": "{}"}  # fmt: skip
    client.post("/checkout", data={**typed, "csrf_token": csrf_token(client, "/cart")})
    assert rows(sa.select(Order.id)) == []


def test_the_letter_with_a_code_says_what_to_do_to_who_never_registered(client, account, letters):
    sign_in(client, ADDRESS)
    post(client, "/account/contact/email", contact=ADDRESS)
    [letter] = [one for one in letters() if one.email == ADDRESS]
    for text in (letter.text, letter.html):
        assert "如果不是您本人操作" in text
        assert "/reset" in text
