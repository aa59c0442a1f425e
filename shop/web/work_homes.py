"""Where somebody who works is led back to from an address that leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import request

from shop.accounts.models import RoleName
from shop.kit.text import msg
from shop.web.viewer import current_viewer


@dataclass(frozen=True, slots=True)
class WorkHome:
    path: str
    label: str  # a message id


HOMES: Final = {
    "farm": (RoleName.FARMER, WorkHome("/farm/tasks", msg("To the tasks"))),
    "village": (RoleName.COORDINATOR, WorkHome("/village", msg("To the board"))),
    "admin": (RoleName.ADMIN, WorkHome("/admin", msg("To what is to do"))),
    "point": (RoleName.POINT_KEEPER, WorkHome("/point", msg("To the counter"))),
}

_DESKS: Final = frozenset({"admin", "village", "point"})


def work_home() -> WorkHome | None:
    """The first page of the face that was asked for, for those who work there. Public pages ask nobody who they are."""
    role, home = HOMES.get(request.path.split("/")[1], (None, None))
    return home if role is not None and role in current_viewer().roles else None


def work_layout() -> str | None:
    """The layout that a page about an error stands in, where the face brings its own navigation."""
    return "layouts/work.html" if request.blueprint in _DESKS and work_home() is not None else None


def is_of_farm() -> bool:
    """The farmer's phone has one page of its own for whatever went wrong, for everybody who asks there."""
    return request.path == "/farm" or request.path.startswith("/farm/")
