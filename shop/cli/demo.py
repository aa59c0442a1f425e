"""A plausible history to look at, to measure and to break."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from shop.cli.refusals import in_words
from shop.demo.campaign_days import add_campaign_day
from shop.demo.campaigns import add_campaigns
from shop.demo.canteens import add_canteens
from shop.demo.certificates import add_certificates
from shop.demo.coupons import add_coupons
from shop.demo.decided import decide
from shop.demo.gifts import add_gifts
from shop.demo.labels import label_lots
from shop.demo.loads import add_loads
from shop.demo.organisations import add_organisations
from shop.demo.outside import add_outside_orders
from shop.demo.paid_out import pay_past_runs
from shop.demo.payees import add_payees
from shop.demo.play import Played, play
from shop.demo.quotations import add_quotations
from shop.demo.received import add_receipts
from shop.demo.reviewed import review
from shop.demo.shelves import add_shelves
from shop.demo.stories import tell
from shop.demo.weighed import add_intakes
from shop.extensions import payment_providers, settings, unit_of_work
from shop.kit.clock import utc_now
from shop.settings import Environment
from shop.storage.field_cipher import FieldCipher
from shop.storage.media import media_store


@click.command()
@click.option("--orders", type=click.IntRange(1, 2_000_000), default=2000, show_default=True)
@click.option(
    "--households", type=click.IntRange(0, 20_000), default=0, help="How many in all; seeded ones count."
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same history.")
@with_appcontext
@in_words
def demo(orders: int, households: int, days: int, seed: int) -> None:
    """Make orders up, from basket to payout, over the last days. Seed the catalogue first."""
    if settings().env is Environment.PRODUCTION:
        raise click.UsageError("Made-up orders have no place in a production shop.")
    started, cipher = monotonic(), FieldCipher(settings().field_keys)

    def work(session: Session) -> Played:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        played = play(
            session,
            orders=orders,
            households=households,
            days=days,
            seed=seed,
            now=utc_now(),
            progress=lambda done: click.echo(f"{done} of {orders} orders …"),
        )
        add_payees(session, cipher, seed=seed, now=utc_now() - timedelta(days=days))
        return played

    played = unit_of_work().run(work)
    pay_past_runs(unit_of_work(), media_store(settings().media_url), cipher, now=utc_now())
    add_receipts(unit_of_work(), now=utc_now())
    add_intakes(unit_of_work(), now=utc_now())
    label_lots(unit_of_work(), now=utc_now())
    decide(unit_of_work(), now=utc_now())
    review(unit_of_work(), now=utc_now())
    tell(unit_of_work(), media_store(settings().media_url), now=utc_now())
    add_coupons(unit_of_work(), payment_providers(), now=utc_now())
    add_outside_orders(unit_of_work(), payment_providers(), now=utc_now())
    add_shelves(unit_of_work(), now=utc_now())
    add_loads(unit_of_work(), now=utc_now())
    add_organisations(unit_of_work(), now=utc_now())
    add_quotations(unit_of_work(), now=utc_now())
    add_canteens(unit_of_work(), now=utc_now())
    add_certificates(unit_of_work(), media_store(settings().media_url), now=utc_now())
    add_gifts(unit_of_work(), now=utc_now())
    add_campaigns(unit_of_work(), now=utc_now())
    add_campaign_day(unit_of_work(), now=utc_now())
    took = monotonic() - started
    click.echo(
        f"{played.orders} orders with {played.lines} lines, {played.households} households: {took:.0f} s."
    )
