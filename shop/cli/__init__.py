"""The commands of `flask --app wsgi …`: one file a group, each listed once below.

A command's file is imported when the command runs. The web process, which makes the same application, so never
loads the dictionaries that `seed` and the worker need, nor Alembic.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import click
from flask import Flask
from flask.cli import AppGroup
from werkzeug.utils import import_string

COMMANDS: Mapping[str, str] = {
    "audit": "shop.cli.audit:audit",
    "seed": "shop.cli.seed:seed",
    "demo": "shop.cli.demo:demo",
    "catalogue": "shop.cli.catalogue:catalogue",
    "check": "shop.cli.check:check",
    "holds": "shop.cli.payments:holds",
    "orders": "shop.cli.orders:orders",
    "payments": "shop.cli.payments:payments",
    "reports": "shop.cli.reports:reports",
    "payouts": "shop.cli.payouts:payouts",
    "privacy": "shop.cli.privacy:privacy",
    "users": "shop.cli.users:users",
    "worker": "shop.cli.worker:worker",
}
_MIGRATIONS = "shop.cli.migrating:plug_in"


class Commands(AppGroup):
    """The application's commands, found by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_string(COMMANDS[cmd_name])
        return command


def register(app: Flask) -> None:
    app.cli = Commands(app.name, commands=app.cli.commands)
    if click.get_current_context(silent=True) is not None:  # some command runs, maybe `flask db`
        logging.getLogger("alembic.runtime.plugins").setLevel(
            logging.WARNING
        )  # it speaks when it is imported
        import_string(_MIGRATIONS)(app)
