"""News and stories as everybody reads them: lists, one story, the feed, and where else they stand."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image

from shop.kit.clock import utc_now
from shop.stories.access import TEAM
from shop.stories.models import Post, PostKind
from shop.stories.pictures import PictureUpload, add_picture, make_post_pictures_ready
from shop.stories.publishing import take_back
from tests.factories.counting import counted_statements
from tests.integration.stories.conftest import photo

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
def post_id(ask):
    return lambda slug: ask(sa.select(Post.id).where(Post.slug == slug))[0]


def test_a_story_is_read_with_its_goods_and_what_is_related(client, tell):
    slug = tell("初霜", village="ruhe", goods=["muer"], text="**霜**重\n\n<script>alert(1)</script>")
    other = tell("晒木耳", village="ruhe", goods=["muer"], kind=PostKind.CRAFT)
    kind = tell("采茶", village="mogou", goods=["lvcha"])
    tell("周三加开", kind=PostKind.SHOP)
    page = client.get(f"/stories/{slug}").text
    assert "<strong>霜</strong>" in page
    assert "<script>alert" not in page
    assert "陈书记" in page
    assert 'href="/products/muer"' in page
    related = page.split("更多报道")[1]
    assert related.index(other) < related.index(kind)
    assert "周三加开" not in related
    facts = [json.loads(one) for one in re.findall(r'application/ld\+json">(.+?)</script>', page)]
    (article,) = (one for one in facts if one["@type"] == "Article")
    assert article["headline"] == "初霜"
    assert article["author"] == {"@type": "Person", "name": "陈书记"}
    assert 'property="og:type" content="article"' in page
    assert page.count('rel="alternate" hreflang=') == 3


def test_english_pages_say_where_only_chinese_was_written(client, tell):
    slug = tell("初霜")
    page = client.get(f"/stories/{slug}?lang=en").text
    assert "in Chinese only" in page
    assert '<h1 lang="zh-CN">初霜</h1>' in page
    told = tell("First frost", title_en="First frost", text_en="It froze.")
    page = client.get(f"/stories/{told}?lang=en").text
    assert "It froze." in page
    assert "in Chinese only" not in page


def test_the_clock_publishes(client, tell):
    slug = tell("元旦", at=utc_now() + timedelta(hours=2))
    for path in ("/stories", "/", "/stories/feed.xml", "/sitemaps/stories.xml"):
        assert slug not in client.get(path).text
    assert client.get(f"/stories/{slug}").status_code == 404
    with time_machine.travel(utc_now() + timedelta(hours=2, minutes=1)):
        for path in ("/stories", "/", "/stories/feed.xml", "/sitemaps/stories.xml"):
            assert slug in client.get(path).text, path
        assert client.get(f"/stories/{slug}").status_code == 200


def test_what_is_no_draft_and_not_taken_back_is_shown_alone(client, tell, unit_of_work, admin, post_id):
    draft, gone = tell("草稿", published=False), tell("撤下的")
    assert gone in client.get("/stories").text
    reason = "有人不愿出镜"
    unit_of_work.run(lambda s: take_back(s, post_id(gone), reason, actor_id=admin.id, now=utc_now()))
    for slug in (draft, gone):
        answer = client.get(f"/stories/{slug}")
        assert answer.status_code == 404
        assert reason not in answer.text
        assert slug not in client.get("/stories").text
        assert client.post(f"/stories/{slug}/read", headers={"User-Agent": "Firefox"}).status_code == 404


def test_a_list_is_narrowed_and_has_pages(client, tell):
    for place in range(14):
        tell(f"霜{place}", village="ruhe", at=utc_now() - timedelta(days=place + 1))
    slug = tell("访客", village="mogou", kind=PostKind.VISIT)
    assert slug in client.get("/stories").text
    second = client.get("/stories?page=2&lang=zh")
    assert second.text.count('<article class="st">') == 3
    assert 'rel="canonical" href="' in second.text
    assert "page=2" in re.search(r'rel="canonical" href="([^"]+)"', second.text)[1]
    visits = client.get("/stories?kind=visit&village=mogou").text
    assert visits.count('<article class="st">') == 1
    assert "没有这类报道" in client.get("/stories?kind=visit&village=ruhe").text
    for wrong in ("kind=x", "village=%00", "page=-1", "page=99999", "kind=" + "a" * 3000):
        assert client.get(f"/stories?{wrong}").status_code == 200


def test_villages_goods_and_the_home_page_tell_what_is_new(client, tell):
    slug = tell("初霜", village="ruhe")
    other = tell("采茶", village="mogou")
    assert slug in client.get("/").text
    assert slug in client.get("/villages/ruhe").text
    assert other not in client.get("/villages/ruhe").text
    assert slug in client.get("/products/muer").text  # its main village


def test_every_visitor_gets_the_same_bytes(app, client, tell):
    slug = tell("初霜", village="ruhe", goods=["muer"])
    for path in ("/stories", f"/stories/{slug}", "/stories/feed.xml"):
        mine = client.get(f"{path}?lang=zh")
        same = mine.data  # a feed is streamed: read to its end before the next request
        other = app.test_client().get(f"{path}?lang=zh", headers={"Cookie": "session=x", "User-Agent": "b"})
        assert same == other.data
        assert mine.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in other.headers
        assert "Cookie" not in other.headers.get("Vary", "")


def test_pages_take_few_statements_however_much_is_told(app, client, engine, tell):
    slug = tell("初霜", village="ruhe", goods=["muer"])
    counts = []
    for _ in range(2):
        client.get("/products/muer")  # what is read once a minute
        app.extensions["shop.page_cache"].clear()
        found = []
        for path, most in (("/stories", 4), (f"/stories/{slug}", 6)):
            with counted_statements(engine) as statements:
                assert client.get(path).status_code == 200
            assert len(statements) <= most, statements
            found.append(len(statements))
        counts.append(found)
        for place in range(9):
            tell(f"霜{place}", village="ruhe", goods=["muer", "jgl"])
    assert counts[0] == counts[1]


def test_the_feed_is_atom_in_each_language_and_sent_once(client, tell):
    tell("初霜", village="ruhe", text="一 & 二 <b>")
    slug = tell("First frost", title_en="First frost & fog", text_en="It *froze*.")
    for lang, code in (("zh", "zh-CN"), ("en", "en")):
        answer = client.get(f"/stories/feed.xml?lang={lang}")
        assert answer.content_type.startswith("application/atom+xml")
        feed = ET.fromstring(answer.data)
        assert (feed.tag, feed.get(LANG)) == (f"{ATOM}feed", code)
        for needed in ("id", "title", "updated", "author"):
            assert feed.find(f"{ATOM}{needed}") is not None, needed
        assert {one.get("rel") for one in feed.findall(f"{ATOM}link")} == {"self", "alternate"}
        entries = feed.findall(f"{ATOM}entry")
        assert len({one.findtext(f"{ATOM}id") for one in entries}) == 2
        for entry in entries:
            for needed in ("id", "title", "updated", "published", "content"):
                assert entry.findtext(f"{ATOM}{needed}"), needed
        again = client.get(
            f"/stories/feed.xml?lang={lang}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
    newest = next(one for one in entries if slug in one.findtext(f"{ATOM}id"))
    assert newest.findtext(f"{ATOM}title") == "First frost & fog"
    assert "<em>froze</em>" in newest.findtext(f"{ATOM}content")
    chinese = next(one for one in entries if one is not newest)
    assert chinese.find(f"{ATOM}title").get(LANG) == "zh-CN"
    tell("又一篇")
    answer = client.get("/stories/feed.xml?lang=en", headers={"If-None-Match": answer.headers["ETag"]})
    assert answer.status_code == 200
    assert 'type="application/atom+xml"' in client.get("/stories").text


def test_an_empty_shop_has_an_empty_feed_and_says_so(client, market):
    feed = ET.fromstring(client.get("/stories/feed.xml?lang=zh").data)
    assert feed.findtext(f"{ATOM}updated") == "2000-01-01T00:00:00Z"
    assert feed.findall(f"{ATOM}entry") == []
    assert "还没有报道" in client.get("/stories").text


def test_a_picture_is_shown_and_shared_without_what_its_camera_wrote(
    client, tell, unit_of_work, store, admin, post_id
):
    slug = tell("初霜")
    exif = Image.Exif()
    exif[0x010F] = "CANARY-CAMERA"
    content, _name = photo(exif=exif.tobytes())
    upload = PictureUpload(post_id(slug), content.read(), "token-1", "霜打的菜", "Frosted greens")
    first = add_picture(unit_of_work, store, upload, reach=TEAM, actor_id=admin.id, now=utc_now())
    again = add_picture(unit_of_work, store, upload, reach=TEAM, actor_id=admin.id, now=utc_now())
    assert first == again
    assert make_post_pictures_ready(unit_of_work, store) == 1
    page = client.get(f"/stories/{slug}?lang=en").text
    assert 'alt="Frosted greens"' in page
    src = re.search(r'src="(/media/[0-9a-f]{32}-640\.webp)"', page)[1]
    assert b"CANARY" not in client.get(src).data
    shared = re.search(r'og:image" content="[^"]+(/media/[^"]+-share\.jpg)"', page)[1]
    assert client.get(shared).mimetype == "image/jpeg"
    assert src in client.get("/stories/feed.xml?lang=en").text
