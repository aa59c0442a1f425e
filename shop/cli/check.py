"""Does everything add up?"""

from __future__ import annotations

import json
import sys

import click
from flask.cli import with_appcontext

from shop.check.all_rules import full_report
from shop.web.database import patient_session

LONGEST_SECONDS = 600


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the whole document, figures too.")
@with_appcontext
def check(*, as_json: bool) -> None:
    """Check every invariant; exit 1 and name the rows when one is broken."""
    report = full_report(patient_session(seconds=LONGEST_SECONDS))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for violation in report["violations"]:
            click.echo(f"{violation['rule']}: {violation['subject']}: {violation['detail']}", err=True)
        ledger, orders = report["ledger"], report["orders"]
        click.echo(
            f"{orders['count']} orders, {ledger['entries']} entries, {len(report['stock'])} SKUs checked."
        )
        click.echo("Everything adds up." if report["ok"] else f"{len(report['violations'])} violations.")
    if not report["ok"]:
        sys.exit(1)
