"""A farmer comes back from 对不对？ to change something: what was typed stands there; and what cannot be is said before it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, utc_now

CHANGE = re.compile(r'href="([^"]+)">改一改<')
NUMBER = re.compile(r'class="pm-n"[^>]*name="[^"]+"[^>]*value="(\d*)"|class="pm-n"[^>]*value="(\d*)"')
CHOSEN = re.compile(r'name="(\w+)" value="(-?\d+)" checked')


@pytest.fixture
def forecast(county, farmer, press, unit_of_work) -> Lot:
    """Honey in a fortnight."""
    fields = {"units": "20", "day": "14", "pct": "80", "sure": "1"}
    fields["producer"] = str(county.producers[0][0])
    assert press(farmer, f"/farm/lots/new/{county.honey}/forecast", **fields).status_code == 303
    return unit_of_work.run(lambda s: s.scalars(sa.select(Lot).order_by(Lot.id.desc()).limit(1)).one())


@pytest.fixture
def change(farmer, press):
    """Says it, is asked, and comes back to change it: the numbers and the choices that stand there."""

    def _change(path, **fields):
        asked = press(farmer, path, **fields)
        assert asked.status_code == 303
        back = CHANGE.search(farmer.get(asked.location).text)
        page = farmer.get(back[1].replace("&amp;", "&")).text
        return [one or other for one, other in NUMBER.findall(page)], dict(CHOSEN.findall(page)), page

    return _change


def test_who_changes_something_finds_what_was_typed(county, farmer, place, task_of, forecast, change):
    producer = str(county.producers[0][0])
    new = f"/farm/lots/new/{county.honey}"
    assert change(new, producer=producer, units="100", day="1")[:2] == (["100"], {"day": "1"})
    day = (shanghai_date(utc_now()) + timedelta(days=30)).isoformat()
    told = {"producer": producer, "units": "37", "day": "-1", "exact_day": day, "pct": "60"}
    numbers, chosen, page = change(f"{new}/forecast", **told)
    assert (numbers, chosen) == (["37"], {"day": "-1", "pct": "60"})
    assert f'value="{day}"' in page
    assert change(f"/farm/lots/{forecast.id}/harvest", units="33", day="0")[:2] == (["33"], {"day": "0"})
    assert change(f"/farm/tasks/{task_of(place({county.honey: 3})).id}/short", **_short(county, "2"))[0] == [
        "2"
    ]


def _short(county, units):
    return {f"short-{county.honey}": units, f"of-{county.honey}": "3"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"day": "-1", "exact_day": "2020-01-01"}, "还没到的日子"),
        ({"day": "-1", "exact_day": "2036-01-01"}, "还没到的日子"),
        ({"units": "1", "pct": "50"}, "一份也不能先让人订"),
        ({"units": "-3"}, "从 1 到 10 万"),
    ],
)
def test_what_cannot_be_expected_is_said_with_the_first_tap(county, farmer, press, fields, said):
    at = f"/farm/lots/new/{county.honey}/forecast"
    told = {"producer": str(county.producers[0][0]), "units": "20", "day": "7", "pct": "80"} | fields
    refused = press(farmer, at, **told)
    assert refused.status_code == 400
    assert said in refused.text
    looked = farmer.get(f"{at}/sure", query_string=told)
    assert looked.status_code == 400
    assert said in looked.text


def test_a_harvest_is_put_off_to_a_later_day_or_told_why_not(county, farmer, coordinator, press, forecast):
    at = f"/farm/lots/{forecast.id}/later"
    for day in ("2020-01-01", "2036-01-01", forecast.expected_on.isoformat()):
        refused = press(farmer, at, day="-1", exact_day=day)
        assert refused.status_code == 400
        assert "比原来晚的日子" in refused.text
        assert "比原来晚的日子" in farmer.get(f"{at}/sure", query_string={"day": "-1", "exact_day": day}).text
    same = press(
        coordinator, f"/village/lots/{forecast.id}/later", expected_on=forecast.expected_on.isoformat()
    )
    assert "本来就是这一天" in coordinator.get(same.location).text
    refused = press(farmer, f"/farm/lots/{forecast.id}/harvest", units="-3", day="0")
    assert "从 0 到 10 万" in refused.text
