"""A coordinator writes about an own village, the team publishes, and every step is kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.kit.clock import in_shanghai, utc_now
from shop.stories.models import Post, PostEvent, PostPicture, PostState
from tests.integration.stories.conftest import photo


@pytest.fixture
def newest(ask):
    return lambda: ask(sa.select(Post).order_by(Post.id.desc()).limit(1))[0]


def begin(browser, face: str, market, **typed) -> str:
    """The address of a new draft."""
    browser.open(f"/{face}/stories/new")
    said = {
        "kind": "harvest",
        "title_zh": "初霜",
        "text_zh": "下霜了。",
        "village_id": str(market.villages["ruhe"]),
    }
    browser.send(f"/{face}/stories/new", **(said | typed))
    return browser.path


def test_a_coordinator_writes_the_team_publishes_and_readers_read(client, coordinator, team, market, newest):
    chen = coordinator("ruhe")
    here = begin(chen, "village", market)
    chen.send(f"{here}/goods", goods=str(market.products["muer"]))
    chen.open(here).send(f"{here}/offer")
    assert "待团队审阅" in chen.text
    assert "初霜" in team.open("/admin").text
    desk = here.replace("/village/", "/admin/")
    team.open("/admin/stories?state=offered").open(desk)
    team.send(f"{desk}/publish")
    assert "已发布" in team.text
    page = client.get(f"/stories/{newest().slug}").text
    assert "下霜了" in page
    assert 'href="/products/muer"' in page
    chen.open(here)
    assert "自" in chen.text
    assert "读者可见" in chen.text


def test_a_coordinator_neither_changes_what_was_handed_in_nor_publishes(coordinator, market, newest):
    chen = coordinator("ruhe")
    here = begin(chen, "village", market)
    token = re.search(r'name="csrf_token" value="([^"]+)"', chen.page)[1]
    chen.send(f"{here}/offer")
    said = {
        "csrf_token": token,
        "kind": "harvest",
        "title_zh": "改了",
        "text_zh": "改",
        "village_id": market.villages["ruhe"],
    }
    assert chen.client.post(here, data=said).status_code == 409
    assert newest().title_zh == "初霜"
    admin_page = here.replace("/village/", "/admin/")
    assert chen.client.post(f"{admin_page}/publish", data={"csrf_token": token}).status_code == 404
    chen.open(here).send(f"{here}/write-on")
    chen.send(here, title_zh="初霜之后")
    assert newest().title_zh == "初霜之后"


def test_another_village_s_stories_are_not_there(coordinator, market, newest):
    chen, yu = coordinator("ruhe"), coordinator("mogou")
    here = begin(chen, "village", market)
    token = re.search(r'name="csrf_token" value="([^"]+)"', yu.open("/village/stories/new").page)[1]
    assert yu.client.get(here).status_code == 404
    assert yu.client.get(f"{here}/preview").status_code == 404
    assert "初霜" not in yu.open("/village/stories").text
    for step in ("", "/offer", "/goods", "/pictures", "/pictures/order", "/pictures/1", "/pictures/1/remove"):
        data = {"csrf_token": token, "photo": photo(), "kind": "harvest", "title_zh": "偷改", "alt_zh": "x"}
        data["village_id"] = str(market.villages["mogou"])
        assert yu.client.post(f"{here}{step}", data=data).status_code == 404, step
    yu.open("/village/stories/new")
    typed = {"kind": "harvest", "title_zh": "别村的", "village_id": str(market.villages["ruhe"])}
    yu.send("/village/stories/new", refused=400, **typed)
    assert newest().title_zh == "初霜"


def test_a_form_sent_twice_writes_once_and_typed_words_stay(team, market, ask):
    team.open("/admin/stories/new")
    token = re.search(r'name="token"[^>]*value="([^"]+)"', team.page)[1]
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', team.page)[1]
    typed = {
        "csrf_token": csrf,
        "token": token,
        "kind": "shop",
        "title_zh": "班车加开",
        "text_zh": "周三也发车",
    }
    first = team.client.post("/admin/stories/new", data=typed)
    again = team.client.post("/admin/stories/new", data=typed)
    assert first.location == again.location
    assert len(ask(sa.select(Post.id))) == 1
    refused = team.client.post(
        "/admin/stories/new", data={**typed, "token": "u", "text_zh": "这茶能治疗失眠"}
    )
    assert refused.status_code == 400
    assert "治疗" in refused.text
    assert "班车加开" in refused.text


def test_two_people_on_one_text_do_not_overwrite_each_other(team, market, newest):
    here = begin(team, "admin", market)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', team.page)[1]
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', team.page)[1]
    typed = {"csrf_token": csrf, "seen": seen, "kind": "harvest", "text_zh": "下霜了。"}
    assert team.client.post(here, data={**typed, "title_zh": "第一人"}).status_code == 303
    late = team.client.post(here, data={**typed, "title_zh": "第二人"})
    assert late.status_code == 409
    assert "第二人" in late.text
    assert newest().title_zh == "第一人"
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', late.text)[1]
    assert team.client.post(here, data={**typed, "seen": seen, "title_zh": "第二人"}).status_code == 303
    assert newest().title_zh == "第二人"


def test_every_change_is_a_version_with_who_and_what(team, market, ask, newest, admin):
    here = begin(team, "admin", market)
    team.send(here, title_zh="霜降")
    team.send(f"{here}/publish")
    team.send(here, text_zh="霜很重。")
    team.send(f"{here}/take-back", reason="照片不对")
    team.send(f"{here}/publish")
    events = ask(sa.select(PostEvent).order_by(PostEvent.version))
    assert [one.kind for one in events] == [
        "written",
        "changed",
        "published",
        "changed",
        "taken_back",
        "restored",
    ]
    assert [one.version for one in events] == [1, 2, 3, 4, 5, 6]
    assert {one.actor_id for one in events} == {admin.id}
    assert events[1].facts["fields"] == ["title_zh"]
    assert events[0].facts["text"]["title_zh"] == "初霜"
    assert "照片不对" in team.open(here).text
    trail = ask(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "post"))
    assert set(trail) == {
        "post.written",
        "post.changed",
        "post.published",
        "post.taken_back",
        "post.restored",
    }
    assert (newest().version, newest().reason) == (6, "")


def test_taking_back_wants_a_reason_and_sending_back_tells_it(coordinator, team, market, newest):
    chen = coordinator("ruhe")
    here = begin(chen, "village", market)
    chen.send(f"{here}/offer")
    desk = here.replace("/village/", "/admin/")
    team.open(desk).send(f"{desk}/send-back", refused=400, reason="")
    assert newest().state is PostState.OFFERED
    team.send(f"{desk}/send-back", reason="请补一张照片")
    assert "请补一张照片" in chen.open(here).text
    assert newest().state is PostState.DRAFT


def test_a_moment_ahead_is_kept_by_the_clock_in_china(team, market, newest):
    here = begin(team, "admin", market)
    ahead = (utc_now() + timedelta(days=2)).replace(second=0, microsecond=0)
    team.send(f"{here}/publish", published_at=f"{in_shanghai(ahead):%Y-%m-%dT%H:%M}")
    assert newest().published_at == ahead
    assert "定时发布" in team.text
    team.send(f"{here}/publish", refused=400, published_at="9999-01-01T00:00")
    team.send(f"{here}/publish", refused=400, published_at="明天")
    assert "明天" in team.page
    assert newest().published_at == ahead


def test_nothing_empty_is_published(team, market, newest):
    here = begin(team, "admin", market, text_zh="")
    team.send(f"{here}/publish", refused=400)
    assert newest().state is PostState.DRAFT


def test_pictures_are_added_described_ordered_and_removed(team, market, ask, newest):
    here = begin(team, "admin", market)
    for word in ("一", "二", "三"):
        team.open(here)
        team.send(f"{here}/pictures", photo=photo(), alt_zh=f"图{word}")
    ids = ask(sa.select(PostPicture.id).order_by(PostPicture.position))
    turned = ",".join(str(one) for one in reversed(ids))
    for _ in range(2):  # pressing twice does it once
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', team.page)[1]
        team.client.post(f"{here}/pictures/order", data={"csrf_token": csrf, "order": turned})
    in_order = sa.select(PostPicture.alt_zh).order_by(PostPicture.position)
    assert ask(in_order) == ["图三", "图二", "图一"]
    team.open(here).send(f"{here}/pictures/{ids[0]}", alt_zh="", refused=400)
    team.send(f"{here}/pictures/{ids[0]}", alt_zh="霜打的菜")
    team.send(f"{here}/pictures/{ids[1]}/remove")
    assert ask(in_order) == ["图三", "霜打的菜"]
    kinds = ask(sa.select(PostEvent.kind).order_by(PostEvent.version))
    assert kinds.count("pictures_ordered") == 1
    team.open(here).send(f"{here}/pictures", alt_zh="没有文件", refused=400)
    assert "没有文件" in team.page


def test_goods_of_elsewhere_cannot_be_linked(coordinator, market):
    chen = coordinator("ruhe")
    here = begin(chen, "village", market)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', chen.page)[1]
    wrong = chen.client.post(f"{here}/goods", data={"csrf_token": csrf, "goods": market.products["lvcha"]})
    assert wrong.status_code == 400
    assert "请从列出的" in wrong.text


def test_lists_find_and_narrow(team, market):
    begin(team, "admin", market, title_zh="霜降")
    begin(team, "admin", market, title_zh="采茶", text_zh="清明", kind="craft")
    assert "采茶" not in team.open("/admin/stories?q=霜").text
    assert "霜降" in team.open("/admin/stories", kind="harvest", state="draft").text
    assert "霜降" not in team.open("/admin/stories", kind="craft").text
