"""Orders that move by themselves."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from shop.rounds import complete_orders


@click.group()
def orders() -> None:
    """Orders, all of them."""


@orders.command(name="complete")
@with_appcontext
def complete_command() -> None:
    """Complete orders that have been on their way for long without a complaint."""
    completed = 0
    while moved := complete_orders(unit_of_work(), now=utc_now()):
        completed += moved
    print(f"completed {completed} orders")
