"""Views of reports long files of them, and files that are planned in the back office."""

from __future__ import annotations

from typing import Any, Final

from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.exports.reader import Desk
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.guards import requires
from shop.web.report_columns import columns_page
from shop.web.report_desks import ReportDesk
from shop.web.report_exports import cancel, export_page, exports_page, send_file
from shop.web.report_schedules import plan_page, schedule_page, schedules_page
from shop.web.report_view_list import view_page, views_page


def _render(template: str, **facts: Any) -> str:
    return desk_page(f"reports/{template}", "reports", **facts)


ADMIN_DESK: Final = ReportDesk(Desk.ADMIN, "admin", "report", "admin/_desk.html", _render)


@admin.route("/reports/<name>/columns", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def report_columns(name: str) -> Any:
    return columns_page(ADMIN_DESK, name)


@admin.get("/report-views")
@requires(RoleName.ADMIN)
def report_views() -> str:
    return views_page(ADMIN_DESK)


@admin.route("/report-views/<int:view_id>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def report_view(view_id: int) -> Any:
    return view_page(ADMIN_DESK, view_id)


@admin.get("/exports")
@requires(RoleName.ADMIN)
def report_exports() -> str:
    return exports_page(ADMIN_DESK)


@admin.get("/exports/<int:job_id>")
@requires(RoleName.ADMIN)
def report_export(job_id: int) -> str:
    return export_page(ADMIN_DESK, job_id)


@admin.post("/exports/<int:job_id>/cancel")
@requires(RoleName.ADMIN)
def cancel_export(job_id: int) -> Response:
    return cancel(ADMIN_DESK, job_id)


@admin.get("/exports/<int:job_id>/file")
@requires(RoleName.ADMIN)
def export_file(job_id: int) -> Response:
    return send_file(ADMIN_DESK, job_id)


@admin.get("/schedules")
@requires(RoleName.ADMIN)
def report_schedules() -> str:
    return schedules_page(ADMIN_DESK)


@admin.route("/report-views/<int:view_id>/plan", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def plan_report(view_id: int) -> Any:
    return plan_page(ADMIN_DESK, view_id)


@admin.route("/schedules/<int:schedule_id>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def report_schedule(schedule_id: int) -> Any:
    return schedule_page(ADMIN_DESK, schedule_id)
