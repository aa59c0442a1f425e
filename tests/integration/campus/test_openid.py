"""Signing in through a real OpenID provider."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from shop.accounts.campus.asking import Asked, PatientSession
from shop.accounts.campus.errors import SignOnFailed, SignOnUnavailable
from shop.accounts.campus.models import CampusIdentity, CampusKind, CampusUnit, Provider
from shop.accounts.campus.oidc import OidcSignOn
from shop.accounts.campus.oidc_provider import OidcProvider
from shop.accounts.models import AuditEntry, RoleName, SignInSession, User
from shop.kit.clock import utc_now
from tests.factories.campus_browser import CampusBrowser
from tests.factories.people import PASSWORD, make_person

LOGGED_OUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


def first_time(browser, number="20230017"):
    """Through the university to an account of one's own."""
    browser.open("/login/campus/oidc").proves_at_openid(number)
    assert browser.path.startswith("/login/campus/new"), (browser.path, browser.text)
    return browser.send("/login/campus/new", agree="y")


def identities(shop_work):
    return shop_work.run(lambda session: session.scalars(sa.select(CampusIdentity)).all())


def actions(shop_work):
    return shop_work.run(lambda session: list(session.scalars(sa.select(AuditEntry.action))))


def test_the_first_time_makes_an_account_and_the_second_opens_it(browse, shop_work):
    browser = browse().open("/login?next=/account/addresses")
    assert "Sign in with the campus account" in browser.text
    browser.open("/login/campus/oidc?next=/account/addresses").proves_at_openid("20230017")
    assert "王小梅" in browser.text
    assert not browser.is_signed_in()
    browser.send("/login/campus/new")
    assert "Please agree first" in browser.text
    browser.send("/login/campus/new", agree="y")
    assert browser.path == "/account/addresses"
    [identity] = identities(shop_work)
    assert (identity.provider, identity.kind) == (Provider.OIDC, CampusKind.STAFF)
    assert (identity.campus_number, identity.name, identity.unit_code) == ("20230017", "王小梅", "茶学院")
    again = browse()
    again.open("/login/campus/oidc").proves_at_openid("20230017")
    assert again.path == "/"
    assert again.is_signed_in()
    assert [one.id for one in identities(shop_work)] == [identity.id]
    assert actions(shop_work).count("sign_in.by_campus") == 2
    unmapped = shop_work.run(lambda session: session.scalars(sa.select(CampusUnit)).all())
    assert [(one.code, one.unit_id) for one in unmapped] == [("茶学院", None)]


def test_an_equal_address_opens_nothing_and_signing_in_to_the_account_links_it(browse, shop_work):
    owner = make_person(shop_work, "admin@example.com", roles=[RoleName.ADMIN])
    browser = browse()
    browser.open("/login/campus/oidc").proves_at_openid("20190001")
    assert browser.path.startswith("/login/campus/new")
    assert not browser.is_signed_in()
    silent = browse()
    silent.open("/login/campus/oidc").proves_at_openid("20190001")
    silent.open("/login").send("/login", email="admin@example.com", password=PASSWORD)
    assert silent.is_signed_in()
    assert identities(shop_work) == [], "nobody said that the two belong together"
    browser.send("/login/campus/new/mine")
    assert "20190001" in browser.text
    browser.send("/login", email="admin@example.com", password="wrong password here")
    assert identities(shop_work) == []
    browser.send("/login", email="admin@example.com", password=PASSWORD)
    [identity] = identities(shop_work)
    assert identity.user_id == owner.id
    assert "identity.linked" in actions(shop_work)


def test_a_second_factor_is_asked_for_after_the_campus_too(browse, shop_work):
    first_time(browse())
    [identity] = identities(shop_work)

    def protect(session):
        session.get(User, identity.user_id).totp_confirmed_at = utc_now()

    shop_work.run(protect)
    browser = browse()
    browser.open("/login/campus/oidc").proves_at_openid("20230017")
    assert browser.path.startswith("/login/code")
    assert not browser.is_signed_in()


def test_no_at_the_university_and_an_answer_nobody_asked_for_are_said_plainly(browse, shop_work):
    browser = browse()
    browser.open("/login/campus/oidc").send("/accounts/login/", username="20230017", password="campus")
    browser.send("/o/authorize/")
    assert browser.page.status_code == 400
    assert "have not allowed it" in browser.text
    browser.open("/login/campus/oidc/back?code=stolen&state=unknown")
    assert "begun in another browser" in browser.text
    # An attacker's own answer, brought to somebody else's browser.
    attacker, victim = browse(), browse()
    attacker.open("/login/campus/oidc").send("/accounts/login/", username="20230017", password="campus")
    attacker.send("/o/authorize/", press="allow", follow=False)
    victim.open("/login/campus/oidc", follow=False)
    victim.open(attacker.page.headers["Location"])
    assert "begun in another browser" in victim.text
    assert not victim.is_signed_in()
    assert identities(shop_work) == []


def test_the_question_is_bound_to_the_browser_and_leads_nowhere_else(browse):
    browser = browse().open("/login/campus/oidc?next=https://evil.example/", follow=False)
    asked = parse_qs(urlsplit(browser.page.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"][0]
    assert asked["state"][0]
    browser.open("/login/campus/oidc?next=//evil.example").proves_at_openid("20230017")
    browser.send("/login/campus/new", agree="y")
    assert urlsplit(browser.page.url).hostname == "127.0.0.1"


def test_signing_out_here_signs_out_there(browse, shop_work):
    browser = first_time(browse())
    browser.open("/account").send("/logout")
    assert not browser.is_signed_in()
    browser.open("/login/campus/oidc")
    assert "/accounts/login/" in browser.page.url, "the university still knew this browser"


def logout_token(university, **changed):
    now = int(utc_now().timestamp())
    claims = {
        "iss": f"{university.url}/o", "aud": "shop", "iat": now, "exp": now + 120, "jti": "word-1",
        "events": LOGGED_OUT,
    } | changed  # fmt: skip
    key = RSAKey.import_key(university.key)
    return jwt.encode({"alg": "RS256", "kid": key.thumbprint()}, claims, key)


def tell(university, token):
    return requests.post(
        f"{university.shop_url}/login/campus/oidc/logout", data={"logout_token": token}, timeout=60
    ).status_code


def test_the_universitys_word_ends_sessions_once_and_a_forged_one_none(browse, shop_work, university):
    browser = first_time(browse())
    [identity] = identities(shop_work)
    stranger = RSAKey.generate_key(2048)
    sound = {"iss": f"{university.url}/o", "aud": "shop", "iat": 1, "exp": 9_999_999_999, "jti": "x",
             "sub": identity.subject, "events": LOGGED_OUT}  # fmt: skip
    forged = jwt.encode({"alg": "RS256"}, sound, stranger)
    for token in (
        "", "nonsense", forged,
        logout_token(university, sub=identity.subject, aud="another"),
        logout_token(university, sub=identity.subject, iss="http://evil.example"),
        logout_token(university, sub=identity.subject, exp=1_000_000_000),
        logout_token(university, sub=identity.subject, nonce="an id token has one"),
        logout_token(university, sub=identity.subject, events={}),
        logout_token(university),
    ):  # fmt: skip
        assert tell(university, token) == 400
    assert browser.is_signed_in()
    word = logout_token(university, sub=identity.subject)
    assert tell(university, word) == 200
    assert not browser.is_signed_in()
    browser.open("/login/campus/oidc").proves_at_openid("20230017")
    assert browser.is_signed_in()
    assert tell(university, word) == 400, "taken once"
    assert browser.is_signed_in()
    assert (
        shop_work.run(lambda session: session.scalar(sa.select(sa.func.count()).select_from(SignInSession)))
        == 2
    )


def test_linking_asks_for_the_password_and_the_last_way_in_stays(browse, shop_work):
    first_time(browse(), "2024310218")
    owner = make_person(shop_work, "buyer@example.com")
    browser = browse()
    browser.open("/login").send("/login", email="buyer@example.com", password=PASSWORD)
    browser.open("/account/campus").send("/account/campus/oidc/link").proves_at_openid("20230017")
    assert browser.path == "/account/campus"
    assert "is linked" in browser.text
    mine = next(one for one in identities(shop_work) if one.user_id == owner.id)
    assert mine.campus_number == "20230017"
    # Somebody else's identity stays theirs.
    other = browse()
    other.open("/login").send("/login", email="buyer@example.com", password=PASSWORD)
    other.open("/account/campus").send("/account/campus/oidc/link").proves_at_openid("2024310218")
    assert "already belongs to another account" in other.text
    by_campus = browse()
    by_campus.open("/login/campus/oidc").proves_at_openid("20230017")
    assert by_campus.is_signed_in()
    browser.open("/account/campus").send(f"/account/campus/links/{mine.id}/remove")
    assert not by_campus.is_signed_in()
    assert browser.is_signed_in()
    assert [one.campus_number for one in identities(shop_work)] == ["2024310218"]
    student = browse()
    student.open("/login/campus/oidc").proves_at_openid("2024310218")
    [theirs] = identities(shop_work)
    student.open("/account/campus").send(f"/account/campus/links/{theirs.id}/remove")
    assert "your only way to sign in" in student.text
    assert len(identities(shop_work)) == 1


def id_token(university, *, alg="RS256", key=None, **changed):
    now = int(utc_now().timestamp())
    claims = {
        "iss": f"{university.url}/o",
        "aud": "shop",
        "sub": "7",
        "iat": now,
        "exp": now + 300,
        "nonce": "n",
    }
    own = RSAKey.import_key(university.key)
    return jwt.encode({"alg": alg, "kid": own.thumbprint()}, claims | changed, key or own, algorithms=[alg])


def test_only_what_the_provider_signed_for_us_now_and_for_this_browser_is_believed(university):
    provider = OidcProvider(university.config().oidc)
    params = {"nonce": "n", "client_id": "shop"}
    now = int(utc_now().timestamp())
    sound = id_token(university)
    assert provider.verified(sound, CodeIDToken, params=params)["sub"] == "7"
    assert provider.verified(id_token(university, exp=now - 60), CodeIDToken, params=params), "clocks differ"
    head, body, _signature = sound.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    secret = OctKey.import_key(university.config().oidc.client_secret)
    for token in (
        id_token(university, iss="https://evil.example"), id_token(university, aud="another"),
        id_token(university, aud="another", azp="shop"), id_token(university, aud=["shop", "another"]), id_token(university, aud=["shop", "b"], azp="b"),
        id_token(university, nonce="another"), id_token(university, nonce=None), id_token(university, exp=now - 600),
        id_token(university, iat=now + 600), id_token(university, nbf=now + 600),
        id_token(university, key=RSAKey.generate_key(2048)), id_token(university, alg="HS256", key=secret),
        f"{none}.{body}.", f"{head}.{body}.", f"{head}.{body}", "", "a.b.c", "x" * 50_000,
    ):  # fmt: skip
        with pytest.raises(SignOnFailed):
            provider.verified(token, CodeIDToken, params=params)


def test_a_code_of_another_question_is_worth_nothing(university):
    sign_on = OidcSignOn(
        university.config().oidc,
        OidcProvider(university.config().oidc),
        f"{university.shop_url}/login/campus/oidc/back",
    )
    asked = Asked("state", "nonce", "v" * 64)

    def answered():
        browser = CampusBrowser(university.shop_url, university.url)
        browser.open(sign_on.begin(asked))
        browser.send("/accounts/login/", username="20230017", password="campus")
        browser.send("/o/authorize/", press="allow", follow=False)
        return {
            key: one for key, (one,) in parse_qs(urlsplit(browser.page.headers["Location"]).query).items()
        }

    for other in (replace(asked, nonce="another"), replace(asked, verifier="w" * 64)):
        with pytest.raises(SignOnFailed):
            sign_on.finish(answered(), other)
    sent = answered()
    for forged in ({"iss": "https://evil.example"}, {"code": "made-up"}, {"code": ""}):
        with pytest.raises(SignOnFailed):
            sign_on.finish(sent | forged, asked)
    assert sign_on.finish(sent, asked).number == "20230017"
    with pytest.raises(SignOnFailed):
        sign_on.finish(sent, asked)


def test_a_provider_that_is_away_or_is_another_one_gives_a_page_that_says_so(university):
    nobody = OidcProvider(replace(university.config().oidc, issuer="http://127.0.0.1:9/o"))
    another = OidcProvider(replace(university.config().oidc, issuer=f"{university.url}/o/"))
    for provider in (nobody, another):
        with pytest.raises(SignOnUnavailable):
            provider.metadata()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_while_the_university_is_away_the_way_in_says_what_to_do_and_the_way_out_stays_open(
    browse, shop, monkeypatch
):
    browser = first_time(browse())

    def away(*_args, **_words):
        raise requests.ConnectTimeout()

    shop.extensions["shop.campus_clients"].oidc.provider._known.clear()
    monkeypatch.setattr(PatientSession, "request", away)
    other = browse().open("/login/campus/oidc")
    assert other.page.status_code == 503
    assert "does not answer at the moment" in other.text
    assert "Sign in another way" in other.text
    browser.open("/account").send("/logout")
    assert not browser.is_signed_in()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_has_no_password_proves_it_at_the_university_again(browse, shop_work):
    browser = first_time(browse())

    def long_ago(session):
        session.execute(sa.update(SignInSession).values(authenticated_at=utc_now() - timedelta(hours=1)))

    shop_work.run(long_ago)
    browser.open("/account/second-factor")
    assert "You have no password here" in browser.text
    browser.send("/account/campus/oidc/again")
    assert "/accounts/login/" in browser.page.url, "the university asks for the password anew"
    browser.proves_at_openid("20230017")
    assert browser.path == "/account/second-factor"
    shop_work.run(long_ago)
    other = browser.open("/account/second-factor").send("/account/campus/oidc/again")
    other.proves_at_openid("2024310218")
    assert "somebody else" in other.text
