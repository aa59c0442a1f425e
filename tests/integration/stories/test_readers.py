"""Readers are counted one by one, exactly, and nobody learns who they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
import time_machine

from shop.kit.clock import utc_now
from shop.kit.crawlers import is_robot
from shop.stories.counting import count_reader
from shop.stories.models import PostReaders

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 MicroMessenger/8.0"}
WORKERS, TIMES = 6, 5


def total(ask) -> int:
    return sum(ask(sa.select(PostReaders.readers)))


def test_looking_counts_nobody_and_saying_so_counts_one(client, ask, tell):
    slug = tell("初霜")
    client.get(f"/stories/{slug}", headers=PHONE)
    client.head(f"/stories/{slug}", headers=PHONE)
    assert total(ask) == 0
    answer = client.post(f"/stories/{slug}/read", headers=PHONE)
    assert answer.json == {"readers": 1}
    assert "Set-Cookie" not in answer.headers
    assert client.get(f"/stories/{slug}/read").status_code == 405
    assert total(ask) == 1


def test_each_day_has_its_own_number_and_the_page_shows_them_all(client, ask, tell):
    slug = tell("初霜")
    client.post(f"/stories/{slug}/read", headers=PHONE)
    with time_machine.travel(utc_now() + timedelta(days=1)):
        assert client.post(f"/stories/{slug}/read", headers=PHONE).json == {"readers": 2}
        assert f'data-seen="/stories/{slug}/read">2<' in client.get(f"/stories/{slug}").text
    assert sorted(ask(sa.select(PostReaders.readers))) == [1, 1]


def test_other_sites_and_robots_count_nobody(client, ask, tell):
    slug = tell("初霜")
    foreign = client.post(f"/stories/{slug}/read", headers={**PHONE, "Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    robot = client.post(f"/stories/{slug}/read", headers={"User-Agent": "Googlebot/2.1"})
    assert robot.json == {"readers": 0}
    assert total(ask) == 0


@pytest.mark.parametrize(
    ("agent", "robot"),
    [
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", True),
        ("Baiduspider", True),
        ("curl/8.1", True),
        ("Mozilla/5.0 HeadlessChrome/120", True),
        ("", True),
        (PHONE["User-Agent"], False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", False),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/99", False),
    ],
)
def test_programs_are_told_from_people_by_what_they_say(agent, robot):
    assert is_robot(agent) is robot


@pytest.mark.race(fence="one INSERT … ON CONFLICT DO UPDATE adds to the row as it is")
def test_everybody_is_counted_when_many_come_at_once(unit_of_work, ask, tell):
    slug = tell("初霜")
    start = Barrier(WORKERS)

    def read(_number: int) -> None:
        start.wait()
        for _ in range(TIMES):
            unit_of_work.run(lambda s: count_reader(s, slug, now=utc_now()))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(read, range(WORKERS)))
    assert total(ask) == WORKERS * TIMES
