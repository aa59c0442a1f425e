"""Members choosing over HTTP from one address, with every limit on: `python -m tests.benchmarks.choosing`.

The goal: 3,000 members within one hour on two cores without an error. MEMBERS (300) come at PER_SECOND (2.5: three times
as fast as that), each in four requests: the page by the personal link, that it was seen, the choice, the page again.
BENCH_SERVER names a PostgreSQL server; else it is SQLite.
"""

from __future__ import annotations

import http.client
import os
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop import create_app
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice
from shop.check.campaigns import RULES
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from tests.benchmarks.databases import empty
from tests.benchmarks.flows import Visitor, hidden
from tests.benchmarks.servers import WORKERS, cpu_seconds, served
from tests.databases import testing_settings
from tests.factories.campaigns import UnionShop, open_union_shop

MEMBERS, PER_SECOND = int(os.environ.get("MEMBERS", "300")), float(os.environ.get("PER_SECOND", "2.5"))
HANDS = 24
GOAL = "3,000 members an hour without an error"
_SECRET = "choosing-benchmark-" + "s" * 30


@dataclass
class Outcome:
    """Milliseconds of each step, and what went wrong by what was asked and answered."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def percentile(self, step: str, part: float) -> float:
        found = sorted(self.times[step])
        return found[min(len(found) - 1, int(len(found) * part))] if found else float("nan")


def drive(address: str, keys: list[str], package: int, slots: list[int], *, per_second: float) -> Outcome:
    """Everybody comes at their moment, whether or not others are done."""
    outcome, waiting, began = Outcome(), Queue[tuple[int, str]](), time.perf_counter()
    for row in enumerate(keys):
        waiting.put(row)

    def run() -> None:
        while True:
            try:
                number, key = waiting.get_nowait()
            except Empty:
                return
            time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            _one(address, key, package, slots[number % len(slots)], outcome)

    hands = [threading.Thread(target=run) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    outcome.seconds = time.perf_counter() - began
    return outcome


def _one(address: str, key: str, package: int, slot: int, outcome: Outcome) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    visitor, path, page = Visitor(connection, address), f"/org/campaigns/by-link/{key}", ""
    for step in ("open", "seen", "choose", "look"):
        began = time.perf_counter()
        try:
            if step in {"open", "look"}:
                page = visitor.get(path)
            elif step == "seen":
                visitor.post(f"{path}/seen", csrf_token=hidden(page, "csrf_token"))
            else:
                facts = {name: hidden(page, name) for name in ("csrf_token", "token")}
                visitor.post(path, package=str(package), slot=str(slot), **facts)
        except (OSError, http.client.HTTPException, AssertionError) as error:
            outcome.errors[f"{step}: {str(error).replace(key, '…')}"] += 1
            break
        outcome.times[step].append((time.perf_counter() - began) * 1000)
    connection.close()


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        empty(Path(name), server=os.environ.get("BENCH_SERVER")) as url,
    ):
        folder = Path(name)
        app = create_app(testing_settings(folder / "fill", url))
        with app.app_context():
            union, keys = unit_of_work().run(_fill)
        environment = {
            "SHOP_ENV": "demo",
            "SECRET_KEY": _SECRET,
            "DATABASE_URL": url,
            "INSTANCE_PATH": str(folder / "instance"),
            "RATE_LIMITS": "on",
            "WEB_CONCURRENCY": WORKERS,
        }
        with served(
            "wsgi:app", environment, "-c", "gunicorn.conf.py", log=folder / "log", ready="/healthz"
        ) as (address, group):
            used = cpu_seconds(group)
            outcome = drive(address, keys, union.packages["蜜蛋篮"], union.slots, per_second=PER_SECOND)
            used = cpu_seconds(group) - used
        with app.app_context():
            chosen, broken = unit_of_work().run(lambda session: _counts(session, union))
    _tell(outcome, chosen, broken, used)


def _fill(session: Session) -> tuple[UnionShop, list[str]]:
    union = open_union_shop(session, members=MEMBERS, places=MEMBERS, stock=2 * MEMBERS, now=utc_now())
    members = session.scalars(sa.select(CampaignMember).order_by(CampaignMember.id))
    return union, [link_key(member, _SECRET) for member in members]


def _counts(session: Session, union: UnionShop) -> tuple[int, int]:
    chosen = session.scalar(sa.select(sa.func.count(Choice.member_id))) or 0
    return chosen, sum(len(list(rule.find(session, union.now))) for rule in RULES)


def _tell(outcome: Outcome, chosen: int, broken: int, cpu: float) -> None:
    pace = chosen / outcome.seconds * 3600
    print(
        f"{chosen:,} of {MEMBERS:,} members chose in {outcome.seconds:.0f} s: {pace:,.0f} an hour; goal {GOAL}"
    )
    print(
        f"{sum(outcome.errors.values())} errors, {broken} broken rules, {cpu * 1000 / max(chosen, 1):.0f} ms CPU a member"
    )
    for step in outcome.times:
        parts = " ".join(
            f"p{part * 100:.0f} {outcome.percentile(step, part):.0f}" for part in (0.5, 0.95, 0.99)
        )
        print(f"  {step:7} {parts} ms")
    for error, count in outcome.errors.most_common(5):
        print(f"  {count} x {error}")


if __name__ == "__main__":
    main()
