"""Which reports somebody may read at which desk, narrowed to what is theirs: for pages, files and the worker alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from shop.accounts.models import RoleName
from shop.exports.reader import Desk, Reader
from shop.kit.errors import NotFound
from shop.reports.all_reports import REPORTS
from shop.reports.definition import Report
from shop.reports.intake import INTAKE, YIELD
from shop.reports.lot_balance import LOT_BALANCE
from shop.reports.narrowing import within
from shop.reports.origins import OWN_INCOME
from shop.reports.packing import PACK_BY_ORDER, PACK_BY_PRODUCER, PACK_BY_PRODUCT, PACK_BY_RUN
from shop.reports.unfulfilled import UNFULFILLED, UNFULFILLED_BY_HOUSEHOLD, UNFULFILLED_BY_PRODUCT
from shop.reports.viewing import has_views
from shop.reports.work import PUNCTUALITY

_WORK: Final = (PACK_BY_ORDER, PACK_BY_PRODUCER, PACK_BY_PRODUCT, PACK_BY_RUN)
_SHORT: Final = (UNFULFILLED_BY_HOUSEHOLD, UNFULFILLED_BY_PRODUCT, UNFULFILLED)
# What coordinators read of own villages.
OWN_REPORTS: Final[Mapping[str, Report]] = {
    one.name: one for one in (INTAKE, YIELD, LOT_BALANCE, *_WORK, *_SHORT, PUNCTUALITY, OWN_INCOME)
}
_VILLAGE_KEYS: Final = ("of_village_id", "village_id")
_ROLES: Final = {Desk.ADMIN: RoleName.ADMIN, Desk.VILLAGE: RoleName.COORDINATOR}


def readable(name: str, desk: Desk, reader: Reader) -> Report:
    """The report with the rows of its reader. Raises NotFound, as for a report that is not there."""
    if _ROLES[desk] not in reader.roles:
        raise NotFound()
    found = (OWN_REPORTS if desk is Desk.VILLAGE else REPORTS).get(name)
    if found is None or (desk is Desk.ADMIN and found.finance and not reader.handles_money):
        raise NotFound()
    return of_villages(found, reader.village_ids) if desk is Desk.VILLAGE else found


def of_villages(report: Report, village_ids: Collection[int]) -> Report:
    """Only what these villages' households and places did or were given."""
    keys = {column.key for column in report.columns}
    return within(report, next(key for key in _VILLAGE_KEYS if key in keys), village_ids)


def readable_names(desk: Desk, reader: Reader) -> list[str]:
    """The reports of this desk that its reader can save views of, in the order of the list."""
    if desk is Desk.VILLAGE:
        return [name for name, one in OWN_REPORTS.items() if has_views(one)]
    return [
        one.name for one in REPORTS.values() if has_views(one) and (reader.handles_money or not one.finance)
    ]


def may_share_with(name: str, reader: Reader) -> tuple[RoleName, ...]:
    """With everybody of which roles this reader may share a view of this report; who only works in a village with none.

    A report about money is shared among those who have the finance permission.
    """
    if RoleName.ADMIN not in reader.roles or name not in REPORTS:
        return ()
    found = REPORTS[name]
    roles: tuple[RoleName, ...] = () if found.finance else (RoleName.ADMIN,)
    roles += (RoleName.FINANCE,) if reader.handles_money else ()
    return (*roles, RoleName.COORDINATOR) if name in OWN_REPORTS else roles
