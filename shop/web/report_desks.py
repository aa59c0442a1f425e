"""The two desks at which reports are read: where their pages are, and who reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for

from shop.accounts.models import RoleName
from shop.exports.reader import Desk, Reader
from shop.kit.text import msg
from shop.web.viewer import current_user_id, current_viewer

ROLE_WORDS: Final = {
    RoleName.ADMIN: msg("everybody in the back office"),
    RoleName.FINANCE: msg("everybody with the finance permission"),
    RoleName.COORDINATOR: msg("all village coordinators"),
}


@dataclass(frozen=True)
class ReportDesk:
    """`face` begins the names of its endpoints, `of_report` ends that of a report's page; `render` makes a page."""

    desk: Desk
    face: str
    of_report: str
    layout: str
    render: Callable[..., str]

    def report(self, name: str, **arguments: Any) -> str:
        return url_for(f"{self.face}.{self.of_report}", **{"name": name, **arguments})

    def columns(self, name: str, **arguments: Any) -> str:
        return url_for(f"{self.face}.report_columns", **{"name": name, **arguments})

    def exports(self) -> str:
        return url_for(f"{self.face}.report_exports")

    def export(self, job_id: int) -> str:
        return url_for(f"{self.face}.report_export", job_id=job_id)

    def cancel(self, job_id: int) -> str:
        return url_for(f"{self.face}.cancel_export", job_id=job_id)

    def file(self, job_id: int) -> str:
        return url_for(f"{self.face}.export_file", job_id=job_id)

    def schedules(self) -> str:
        return url_for(f"{self.face}.report_schedules")

    def schedule(self, schedule_id: int) -> str:
        return url_for(f"{self.face}.report_schedule", schedule_id=schedule_id)

    def plan(self, view_id: int) -> str:
        return url_for(f"{self.face}.plan_report", view_id=view_id)

    def views(self) -> str:
        return url_for(f"{self.face}.report_views")

    def view(self, view_id: int) -> str:
        return url_for(f"{self.face}.report_view", view_id=view_id)


def current_reader() -> Reader:
    viewer = current_viewer()
    return Reader(current_user_id(), viewer.roles, viewer.village_ids)
