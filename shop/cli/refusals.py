"""What the shop refuses, said to somebody at a terminal: one sentence and exit code 2, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from shop.kit.errors import InvalidInput, ShopError

P = ParamSpec("P")
R = TypeVar("R")


class Refused(click.ClickException):
    exit_code = 2


def in_words(command: Callable[P, R]) -> Callable[P, R]:
    """Stands directly above the command's function, below `@with_appcontext`."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ShopError as error:
            raise Refused(_sentences(error)) from error
        except OSError as error:
            raise Refused(f"{error.filename or 'The file'}: {error.strerror or error}") from error

    return told


def _sentences(error: ShopError) -> str:
    if isinstance(error, InvalidInput) and error.errors:
        return " ".join(
            message % error.facts if error.facts else message
            for message in dict.fromkeys(error.errors.values())
        )
    return str(error)
