"""Asking providers, and freeing what dead attempts hold."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from shop.extensions import payment_providers, unit_of_work
from shop.kit.clock import utc_now
from shop.payments.reconciling import reconcile
from shop.payments.releasing import release_dead_orders


@click.group()
def payments() -> None:
    """Money in and out through providers."""


@payments.command(name="reconcile")
@with_appcontext
def reconcile_command() -> None:
    """Ask after every payment and refund that is not settled, and bring its order to the right state."""
    report = reconcile(unit_of_work(), payment_providers(), now=utc_now(), everything=True)
    print(
        f"asked {report.asked}, confirmed {report.confirmed}, ended {report.ended}, refunds {report.refunds}, "
        f"released {report.released}, without an answer {report.unanswered}"
    )


@click.group()
def holds() -> None:
    """Stock that unpaid orders hold."""


@holds.command(name="release")
@with_appcontext
def release_command() -> None:
    """Cancel unpaid orders that nobody can pay any more, and free their stock."""
    print(f"released {release_dead_orders(unit_of_work(), now=utc_now(), limit=100_000)} orders")
