"""Signing in through a real CAS server."""

from __future__ import annotations

import time

import requests
import sqlalchemy as sa

from shop.accounts.campus.models import CampusIdentity, CampusKind, Provider

XML = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
    "<samlp:SessionIndex>{}</samlp:SessionIndex></samlp:LogoutRequest>"
)


def first_time(browser, number="2024310218"):
    browser.open("/login/campus/cas").proves_at_cas(number)
    assert browser.path.startswith("/login/campus/new"), (browser.path, browser.text)
    return browser.send("/login/campus/new", agree="y")


def identities(shop_work):
    return shop_work.run(lambda session: session.scalars(sa.select(CampusIdentity)).all())


def tell(university, body):
    return requests.post(
        f"{university.shop_url}/login/campus/cas/back", data={"logoutRequest": body}, timeout=60
    ).status_code


def test_a_student_comes_in_with_a_ticket_and_comes_back_without_a_password(browse, shop_work):
    browser = first_time(browse())
    assert browser.is_signed_in()
    [identity] = identities(shop_work)
    assert (identity.provider, identity.kind) == (Provider.CAS, CampusKind.STUDENT)
    assert (identity.campus_number, identity.name, identity.unit_code) == ("2024310218", "马小禾", "管理学院")
    other = browse()
    other.open("/login/campus/cas").proves_at_cas("2024310218")
    assert other.is_signed_in()
    assert len(identities(shop_work)) == 1


def test_a_ticket_works_once_and_only_in_the_browser_that_asked(browse, shop_work):
    thief, victim = browse(), browse()
    thief.open("/login/campus/cas")
    thief.send("/cas/login", follow=False, username="2024310218", password="campus")
    back = thief.page.headers["Location"]
    assert "ticket=ST-" in back
    victim.open("/login/campus/cas", follow=False)
    victim.open(back)
    assert "begun in another browser" in victim.text
    thief.open(back)
    assert thief.path.startswith("/login/campus/new")
    thief.open(back)
    assert "has been used already" in thief.text
    made_up = browse().open("/login/campus/cas", follow=False)
    state = made_up.page.headers["Location"].split("state%3D")[1].split("&")[0]
    made_up.open(f"/login/campus/cas/back?state={state}&ticket=ST-made-up")
    assert made_up.page.status_code == 400
    assert "cannot accept" in made_up.text
    assert identities(shop_work) == []


def test_signing_out_at_the_university_ends_the_session_of_that_ticket(browse):
    here, elsewhere = first_time(browse()), browse()
    elsewhere.open("/login/campus/cas").proves_at_cas("2024310218")
    here.open(f"{here.university}/cas/logout")
    for _try in range(100):  # the server tells us in a thread of its own
        if not here.is_signed_in():
            break
        time.sleep(0.1)
    assert not here.is_signed_in()
    assert elsewhere.is_signed_in()


def test_signing_out_here_signs_out_at_the_university(browse):
    browser = first_time(browse())
    browser.open("/account").send("/logout")
    assert "/cas/logout" in browser.page.url or browser.path == "/"
    assert not browser.is_signed_in()
    browser.open("/login/campus/cas")
    assert "/cas/login" in browser.page.url, "the university still knew this browser"


def test_a_logout_request_that_is_none_ends_nothing(browse, university):
    browser = first_time(browse())
    bomb = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + XML.format("&a;")
    for body in ("", "<", "no xml", bomb, XML.format("ST-unknown"), XML.format("' OR 1=1"), "x" * 30_000):
        assert tell(university, body) == 200
    assert browser.is_signed_in()
