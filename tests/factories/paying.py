"""An order paid at the sandbox, as its buyer would on its page."""

from __future__ import annotations

from datetime import datetime

from shop.payments.providers.base import Providers
from shop.payments.providers.sandbox import Sandbox
from shop.payments.sandbox.till import Button, press
from shop.payments.starting import Pages, start_payment
from shop.payments.syncing import sync
from shop.storage.unit_of_work import UnitOfWork

_PAGES = Pages("http://localhost/paid", "http://localhost/pay")


def sandbox_providers(unit_of_work: UnitOfWork) -> Providers:
    return {"sandbox": Sandbox(unit_of_work, "http://localhost/sandbox", ("secret",))}


def pay_by_sandbox(unit_of_work: UnitOfWork, order_id: int, *, now: datetime) -> None:
    """Confirmed, with everything that follows."""
    providers = sandbox_providers(unit_of_work)
    attempt = start_payment(unit_of_work, providers, order_id, pages=_PAGES, now=now)
    unit_of_work.run(lambda session: press(session, attempt.provider_ref or "", Button.SUCCEED, now=now))
    sync(unit_of_work, providers, attempt.id, now=now)
