"""Signing in through WeCom, held to the answers that its reference documents."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from shop import jobs
from shop.accounts.campus.config import CampusConfig, WecomConfig
from shop.accounts.campus.models import CampusIdentity, CampusKind, EndedBecause, Provider
from shop.accounts.models import Unit, User
from tests import databases
from tests.factories.people import csrf_token
from tests.fakes.wecom import member, running_wecom

INSIDE = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/7.0 wxwork/4.1.10"}


@pytest.fixture
def wecom():
    with running_wecom() as running:
        yield running


@pytest.fixture
def settings(database_url, tmp_path, wecom):
    config = CampusConfig(wecom=WecomConfig("ww1234", "1000002", "hush", api_base=wecom.url))
    return replace(databases.testing_settings(tmp_path, database_url), campus=config)


def comes_back(client, wecom, who, *, code="c1"):
    asked = client.get("/login/campus/wecom")
    state = parse_qs(urlsplit(asked.location).query)["state"][0]
    wecom.codes[code] = who
    return client.get(f"/login/campus/wecom/back?code={code}&state={state}")


def makes_account(client):
    page = client.get("/login/campus/new").text
    texts = page.split('name="texts"')[1].split('value="')[1].split('"')[0]
    token = csrf_token(client, "/login/campus/new")
    return client.post("/login/campus/new", data={"agree": "y", "texts": texts, "csrf_token": token})


def identity(unit_of_work):
    return unit_of_work.run(lambda session: session.scalars(sa.select(CampusIdentity)).one())


def test_a_member_comes_in_with_number_department_and_kind(client, wecom, unit_of_work):
    unit_of_work.run(lambda session: session.add(Unit(slug="tea", name_zh="茶学院", name_en="School of Tea")))
    wecom.members["wangxiaomei"] = member()
    asked = client.get("/login/campus", headers=INSIDE)
    assert asked.location.startswith("/login/campus/wecom")
    inside = client.get("/login/campus/wecom", headers=INSIDE).location
    assert inside.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww1234&")
    assert inside.endswith("#wechat_redirect")
    outside = client.get("/login/campus/wecom").location
    assert outside.startswith(
        "https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid=ww1234&"
    )
    assert comes_back(client, wecom, "WangXiaoMei").location.startswith("/login/campus/new")
    assert makes_account(client).status_code == 303
    one = identity(unit_of_work)
    assert (one.provider, one.issuer, one.subject) == (Provider.WECOM, "ww1234", "wangxiaomei")
    assert (one.campus_number, one.name, one.unit_code) == ("20230017", "王小梅", "茶学院")
    assert one.kind is CampusKind.STAFF
    unit = unit_of_work.run(lambda session: session.get(User, one.user_id).unit_id)
    assert unit == unit_of_work.run(lambda session: session.scalar(sa.select(Unit.id)))
    assert wecom.tokens == 1, "an access token is good for two hours"


def test_visitors_used_codes_and_members_who_left_do_not_come_in(client, wecom, unit_of_work):
    wecom.members["gone"] = member(status=5)
    wecom.members["shut"] = member(status=2)
    for who in ("", "gone", "shut", "nobody"):
        refused = comes_back(client, wecom, who)
        assert refused.status_code == 403
        assert "查不到您是本校成员" in refused.text
    state = parse_qs(urlsplit(client.get("/login/campus/wecom").location).query)["state"][0]
    assert client.get(f"/login/campus/wecom/back?code=used&state={state}").status_code == 400
    wecom.broken = True
    assert comes_back(client, wecom, "gone").status_code == 503
    assert unit_of_work.run(lambda session: session.scalars(sa.select(CampusIdentity)).all()) == []


def test_an_access_token_that_ran_out_is_renewed(client, wecom):
    wecom.members["wang"] = member()
    assert comes_back(client, wecom, "wang").status_code == 303
    wecom.tokens += 1  # WeCom has made another one for somebody else
    assert comes_back(client, wecom, "wang", code="c2").status_code == 303


def test_every_night_members_who_are_gone_are_signed_out_and_silence_ends_nobody(
    app, client, wecom, unit_of_work
):
    wecom.members["wang"] = member()
    comes_back(client, wecom, "wang")
    makes_account(client)
    assert client.get("/account").status_code == 200

    def tonight():
        with app.app_context():
            return jobs.run_job("end_memberships")

    assert tonight() == 0
    wecom.broken = True
    assert tonight() == 0
    assert client.get("/account").status_code == 200
    wecom.broken = False
    del wecom.members["wang"]
    assert tonight() == 1
    assert client.get("/account").status_code == 302
    one = identity(unit_of_work)
    assert one.ended_because is EndedBecause.GONE
    wecom.members["wang"] = member()
    ended = comes_back(client, wecom, "wang", code="c3")
    assert ended.status_code == 403
    assert tonight() == 0
