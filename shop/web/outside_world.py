"""The one way by which views reach what answers in its own time: payment services, the campus's sign-in and
the store of files.

What the request has read is over before. A service may take seconds, and a transaction that waits for it would keep
a connection, old rows and perhaps a lock for as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shop.accounts.campus.clients import CampusClients
from shop.extensions import campus_clients, payment_providers, settings, unit_of_work
from shop.payments.providers.base import Providers
from shop.storage.media import MediaStore, media_store
from shop.storage.unit_of_work import UnitOfWork
from shop.web.database import end_reads, forget_kept_version

Result = TypeVar("Result")


def with_providers(call: Callable[[UnitOfWork, Providers], Result]) -> Result:
    """`call(unit_of_work, providers)` with no transaction of this request open; use ids inside, as in `transact`."""
    end_reads()
    try:
        return call(unit_of_work(), payment_providers())
    finally:
        forget_kept_version()


def with_files(call: Callable[[UnitOfWork, MediaStore], Result]) -> Result:
    """The same for `call(unit_of_work, store)`."""
    end_reads()
    try:
        return call(unit_of_work(), media_store(settings().media_url))
    finally:
        forget_kept_version()


def with_campus(call: Callable[[CampusClients], Result]) -> Result:
    """The same for where the university signs in."""
    end_reads()
    try:
        return call(campus_clients())
    finally:
        forget_kept_version()
