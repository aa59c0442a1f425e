"""The commands of `flask --app wsgi …`: one file a group, each listed once below."""

from __future__ import annotations

from collections.abc import Sequence

import click
from flask import Flask

from shop.cli.worker import worker

COMMANDS: Sequence[click.Command] = (worker,)


def register(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
