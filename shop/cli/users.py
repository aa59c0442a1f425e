"""Accounts from the command line: the first admin of a new shop, and the last one who is locked out."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_email
from shop.accounts.models import RoleName
from shop.accounts.second_factor import reset_second_factor
from shop.accounts.users import check_complete, create_user, find_user_id, grant_role, roles_of
from shop.cli.refusals import in_words
from shop.extensions import settings, unit_of_work
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.kit.references import random_code

users = AppGroup("users", help="Accounts and roles.")


@users.command("create")
@click.option("--email", required=True)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in RoleName]),
    help="May be given several times.",
)
@click.option("--name", default="")
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
@in_words
def create(email: str, roles: tuple[str, ...], name: str, ask: bool) -> None:
    """Make an account with these roles, or give them to the account that has this address."""
    given = [RoleName(role) for role in roles]
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else _new_password()
    demo = settings().is_demo

    def work(session: Session) -> bool:
        now = utc_now()
        known = find_user_id(session, normalise_email(email))
        if known is None:
            create_user(session, email=email, password=password, name=name, roles=given, demo=demo, now=now)
            return True
        check_complete(roles_of(session, known) | set(given))
        for role in given:
            grant_role(session, known, role, actor_id=None, now=now)
        return False

    is_new = unit_of_work().run(work)
    if not is_new:
        click.echo(f"{email} had an account; its roles now include: {', '.join(given) or 'none'}")
    elif ask:
        click.echo(f"{email} can sign in")
    else:
        click.echo(f"{email} can sign in with the password: {password}")


@users.command("reset-second-factor")
@click.option("--email", required=True)
@in_words
def reset_factor(email: str) -> None:
    """Let somebody in by the password alone who has lost phone and recovery codes; all sessions end."""

    def work(session: Session) -> bool:
        known = find_user_id(session, normalise_email(email))
        if known is None:
            raise NotFound()
        return reset_second_factor(
            session, known, reason="from the command line", actor_id=None, now=utc_now()
        )

    had_one = unit_of_work().run(work)
    said = (
        "signs in with the password and sets up the second factor again"
        if had_one
        else "has no second factor"
    )
    click.echo(f"{email} {said}")


def _new_password() -> str:
    """100 random bits in groups that can be read out."""
    code = random_code(20).lower()
    return "-".join(code[at : at + 5] for at in range(0, 20, 5))
