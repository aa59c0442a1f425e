"""A union's members sit behind one address: with every limit on they all choose, and who guesses links is held up."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice
from shop.kit.clock import utc_now
from shop.settings import Environment
from tests.conftest import OwnOriginClient
from tests.factories.campaigns import open_union_shop
from tests.factories.people import make_person, sign_in

PEOPLE, AT_ONCE = 60, 6


@pytest.fixture
def settings(settings, monkeypatch):
    """Limits on, and nobody's address is the campus's."""
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    return replace(settings, env=Environment.DEMO, rate_limits=True, campus_networks=())


@pytest.fixture
def union(session):
    return open_union_shop(session, members=PEOPLE, places=PEOPLE, now=utc_now())


def browser(app):
    return OwnOriginClient(app, app.response_class, use_cookies=True)


def links(session, settings):
    members = session.scalars(sa.select(CampaignMember).order_by(CampaignMember.id)).all()
    found = [f"/org/campaigns/by-link/{link_key(member, settings.secret_key)}" for member in members]
    session.rollback()
    return found


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


def choose(client, path, union):
    """The page, that it was seen, the choice, and the page again."""
    page = client.get(path).text
    token = {"csrf_token": hidden(page, "csrf_token")}
    answers = [client.post(f"{path}/seen", data=token)]
    form = token | {"token": hidden(page, "token"), "package": str(union.packages["蜜蛋篮"])}
    answers.append(client.post(path, data=form | {"slot": str(union.slots[0])}))
    answers.append(client.get(path))
    return [answer.status_code for answer in answers]


@pytest.mark.race(fence="each member's row is locked by whoever chooses for it")
def test_sixty_members_choose_from_one_address_with_limits_on(app, session, settings, union):
    paths = links(session, settings)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda path: choose(browser(app), path, union), paths))
    assert statuses == [[303, 303, 200]] * PEOPLE
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Choice.member_id))) == PEOPLE


def test_links_that_were_never_made_are_counted_by_address(app, session, settings, union):
    (path, *_) = links(session, settings)
    forged = [path[:-5] + f"{number:05d}" for number in range(130)]
    client = browser(app)
    statuses = [client.get(one).status_code for one in forged]
    assert set(statuses[:100]) == {404}
    assert statuses[-1] == 429
    assert client.get(path).status_code == 200  # who has a link of ours is not held up by that


def test_one_link_is_not_asked_for_without_end(app, session, settings, union):
    (path, *_) = links(session, settings)
    client = browser(app)
    assert 429 in {client.get(path).status_code for _ in range(125)}


def test_who_is_signed_in_is_counted_alone(app, session, unit_of_work, settings, union):
    people = [make_person(unit_of_work, f"m{number}@shop.example") for number in range(3)]
    session.rollback()
    members = session.scalars(sa.select(CampaignMember).order_by(CampaignMember.id)).all()
    for person, member in zip(people, members, strict=False):
        member.user_id = person.id
    session.commit()
    path = f"/org/campaigns/{union.campaign_id}/choose"
    for number in range(3):
        client = browser(app)
        sign_in(client, f"m{number}@shop.example")
        assert {client.get(path).status_code for _ in range(45)} == {200}
