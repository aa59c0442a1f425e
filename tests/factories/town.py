"""The seeded demo shop and its people, each with a browser. Time and the worker stand still until told to move."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from shop import jobs
from shop.accounts.passwords import DEMO_PASSWORD
from shop.catalogue.models import Household
from shop.check.all_rules import full_report
from shop.extensions import unit_of_work
from shop.inventory.models import HouseholdMonth
from shop.kit.clock import SHANGHAI
from shop.ledger.models import JournalEntry, Posting
from shop.notifications.sending import Envelope
from shop.ordering.models import Order
from tests.conftest import OwnOriginClient
from tests.factories.form_browser import FormBrowser
from tests.factories.navigators.admin import Admin
from tests.factories.navigators.buyer import Buyer
from tests.factories.navigators.coordinator import Coordinator
from tests.factories.navigators.farmer import Farmer
from tests.factories.navigators.keeper import Keeper
from tests.factories.outside_world import OutsideWorld

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


@dataclass
class Town:
    app: Flask
    clock: time_machine.Traveller
    outside: OutsideWorld

    def guest(self) -> Buyer:
        return Buyer(self._browser())

    def buyer(self) -> Buyer:
        return Buyer(self._signed_in("buyer"))

    def farmer(self) -> Farmer:
        return Farmer(self._signed_in("farmer"))

    def coordinator(self) -> Coordinator:
        return Coordinator(self._signed_in("coordinator"))

    def keeper(self) -> Keeper:
        return Keeper(self._signed_in("point"))

    def admin(self) -> Admin:
        return Admin(self._signed_in("admin"))

    def waits(self, **time: float) -> None:
        """Time goes by."""
        self.clock.shift(timedelta(**time))

    def works(self, *jobs_by_name: str) -> None:
        """The worker does these jobs now."""
        with self.app.app_context():
            for name in jobs_by_name:
                jobs.run_job(name)

    def letter(self, subject: str) -> Envelope:
        """The newest letter with these words in its subject, once the worker has sent what waits."""
        self.works("outbox")
        found = [letter for letter in self.outside.letters if subject in letter.subject]
        assert found, f"no letter about {subject}: {[letter.subject for letter in self.outside.letters]}"
        return found[-1]

    def adds_up(self) -> None:
        """Every invariant of `flask check` holds."""
        report = self._read(full_report)
        assert report["ok"], report["violations"]

    def books_of(self, number: str) -> dict[str, int]:
        """What the books hold for one order: fen by account, what was credited is negative."""
        total = sa.func.sum(Posting.amount_fen)
        sums = (
            sa.select(Posting.account, total)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .join(Order, Order.id == JournalEntry.order_id)
            .where(Order.number == number)
            .group_by(Posting.account)
            .having(total != 0)
        )
        return {
            account.value: int(fen)
            for account, fen in self._read(lambda session: session.execute(sums).all())
        }

    def income_of(self, household: str) -> tuple[int, int]:
        """What the fairness rule counts for a household, by its slug: earned and held, in fen."""
        earned, held = (
            sa.func.coalesce(sa.func.sum(column), 0)
            for column in (HouseholdMonth.earned_fen, HouseholdMonth.held_fen)
        )
        figures = (
            sa.select(earned, held)
            .join(Household, Household.id == HouseholdMonth.household_id)
            .where(Household.slug == household)
        )
        row = self._read(lambda session: session.execute(figures).one())
        return int(row[0]), int(row[1])

    def _read(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return unit_of_work().run(work)

    def _browser(self) -> FormBrowser:
        return FormBrowser(OwnOriginClient(self.app, self.app.response_class, use_cookies=True))

    def _signed_in(self, name: str) -> FormBrowser:
        browser = self._browser()
        browser.open("/login")
        browser.send("/login", email=f"{name}@demo.example", password=DEMO_PASSWORD)
        return browser


def link_in(letter: Envelope) -> str:
    """The first address that stands in a letter."""
    found = re.search(r"https?://\S+", letter.text)
    assert found, letter.text
    return found[0]
