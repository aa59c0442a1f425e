"""Money due to households."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from shop.cli.refusals import in_words
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from shop.kit.money import format_yuan
from shop.ledger.payouts.closing import close_payouts

payouts = AppGroup("payouts", help="Close payouts to households.")


@payouts.command("close")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Shanghai day, included.")
@click.option(
    "--advance", is_flag=True, help="Also what buyers on terms still owe, from the advance account."
)
@with_appcontext
@in_words
def close(until: datetime, advance: bool) -> None:
    """Draft a payout for each household that completed orders owe money. Closing twice changes nothing."""

    def work(session: Session) -> str:
        run = close_payouts(session, until.date(), now=utc_now(), advance=advance)
        if run is None:
            return "Nothing is due."
        return f"{run.number}: {run.households} households, {format_yuan(run.total_fen)} CNY."

    click.echo(unit_of_work().run(work))
