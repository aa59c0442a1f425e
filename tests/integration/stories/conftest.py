"""A market with two villages, their coordinators, and somebody of the team."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from shop.accounts.models import RoleName
from shop.catalogue.models import VillageCoordinator
from shop.kit.clock import utc_now
from shop.storage.media import media_store
from shop.stories.access import TEAM
from shop.stories.goods import choose_goods
from shop.stories.models import Post, PostKind
from shop.stories.publishing import publish_post
from shop.stories.writing import PostWords, write_post
from tests.conftest import OwnOriginClient
from tests.factories.form_browser import FormBrowser
from tests.factories.market import open_market
from tests.factories.people import make_person, sign_in


@pytest.fixture
def market(session):
    return open_market(session)


@pytest.fixture
def ask(session):
    """The rows of a statement as they are now; a session of a test holds SQLite's one write lock no longer than that."""

    def rows(statement):
        session.expire_all()
        found = list(session.scalars(statement))
        session.commit()
        return found

    return rows


@pytest.fixture
def store(settings):
    return media_store(settings.media_url)


@pytest.fixture
def admin(unit_of_work):
    return make_person(unit_of_work, "team@example.com", roles=[RoleName.ADMIN])


@pytest.fixture
def signed_in(app):
    def enter(email: str) -> FormBrowser:
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        assert sign_in(client, email).status_code == 303
        return FormBrowser(client)

    return enter


@pytest.fixture
def team(admin, signed_in, market) -> FormBrowser:
    return signed_in(admin.email)


@pytest.fixture
def coordinator(unit_of_work, signed_in, market):
    """Of one village by its slug."""

    def of(slug: str) -> FormBrowser:
        person = make_person(unit_of_work, f"{slug}@example.com", roles=[RoleName.COORDINATOR])
        link = VillageCoordinator(user_id=person.id, village_id=market.villages[slug])
        unit_of_work.run(lambda session: session.add(link))
        return signed_in(person.email)

    return of


@pytest.fixture
def tell(unit_of_work, market, admin):
    """A published story: `tell("初霜", village="ruhe", goods=["muer"])`; returns its slug."""

    def write(title: str, **facts) -> str:
        at = facts.get("at", utc_now() - timedelta(hours=1))
        village = facts.get("village")
        words = PostWords(
            kind=facts.get("kind", PostKind.HARVEST),
            title_zh=title,
            title_en=facts.get("title_en", ""),
            text_zh=facts.get("text", "下霜了。"),
            text_en=facts.get("text_en", ""),
            village_id=market.villages[village] if village else None,
            author_id=admin.id,
            author_name=facts.get("author", "陈书记"),
        )

        def work(session) -> str:
            now = utc_now()
            post_id = write_post(session, words, token=f"t-{title}", reach=TEAM, actor_id=admin.id, now=now)
            goods = [market.products[sku] for sku in facts.get("goods", ())]
            choose_goods(session, post_id, goods, (), reach=TEAM, actor_id=admin.id, now=now)
            if facts.get("published", True):
                publish_post(session, post_id, at, actor_id=admin.id, now=now)
            return session.get_one(Post, post_id).slug

        return unit_of_work.run(work)

    return write


def photo(size=(800, 600), *, exif: bytes = b"") -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", size, "tan").save(file, "JPEG", **({"exif": exif} if exif else {}))
    return io.BytesIO(file.getvalue()), "frost.jpg"
