"""Is the audit trail what it was when it was written?"""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup, with_appcontext

from shop.accounts.audit_chain import verify_chain
from shop.accounts.audit_queries import count_entries
from shop.web.database import patient_session

LONGEST_SECONDS = 600

audit = AppGroup("audit", help="Look after the audit trail.")


@audit.command("verify")
@with_appcontext
def verify() -> None:
    """Walk the chain of hashes; exit 1 and name the first entry that does not fit, and what is wrong with it."""
    session = patient_session(seconds=LONGEST_SECONDS)
    broken = verify_chain(session)
    if not broken:
        click.echo(f"{count_entries(session)} entries; nothing was altered or left out.")
        return
    for one in broken:
        click.echo(f"{_name(one.entry_id)}: {one.what}", err=True)
    click.echo(f"The first that does not fit is {_name(broken[0].entry_id)}.")
    sys.exit(1)


def _name(entry_id: int) -> str:
    return f"entry {entry_id}" if entry_id else "the head of the chain"
