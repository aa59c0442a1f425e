"""What an admin maintains about the shop: names, filing numbers, telephone, deadlines.

Each value is a row of `shop_settings`; what nobody has set yet has the default that stands here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rules import refuse_half, refuse_typed_once
from shop.accounts.events import ShopSettingsChanged
from shop.accounts.finance import demand_finance
from shop.accounts.models import ShopSetting
from shop.accounts.setting_agreement import judge_together
from shop.accounts.setting_parsing import parse_settings
from shop.accounts.setting_specs import OF_FINANCE
from shop.accounts.setting_values import DEFAULTS, Licence, ShopSettings
from shop.accounts.setting_versions import (
    Change,
    keep_version,
    lock_due,
    plan_version,
    planned_values,
    stored_at,
    stored_since,
)
from shop.kit.bank_accounts import mask
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.event_log import record

_NUMBER: Final = "bank_number"
_ACCOUNT = ("bank_payee", "bank_name", _NUMBER)
_NAMES: Final = frozenset(field.name for field in fields(ShopSettings))
_ROW: Final = ShopSetting.__table__.c
_STORED: Final = sa.select(_ROW.name, _ROW.value).where(_ROW.name.in_(sorted(_NAMES)))


def read_shop_settings(session: Session) -> ShopSettings:
    """Every setting, in one query."""
    rows = session.execute(_STORED)
    return replace(DEFAULTS, **{name: _stored(name, value) for name, value in rows})


def lock_settings(session: Session) -> None:
    """Two who save at once take turns."""
    session.execute(sa.select(ShopSetting.name).order_by(ShopSetting.name).with_for_update())


def setting_in_sql(name: str) -> sa.ScalarSelect[Any]:
    """SQL for one stored setting, to be read beside something else; `setting_value` says what it means."""
    return sa.select(ShopSetting.value).where(ShopSetting.name == name).scalar_subquery()


def setting_value(name: str, stored: Mapping[str, Any] | None) -> Any:
    return _stored(name, stored) if stored is not None else getattr(DEFAULTS, name)


def settings_at(session: Session, moment: datetime, *names: str) -> list[Any]:
    """What settings said at a moment: what was ordered then keeps it. One statement."""
    stored = stored_at(session, names, moment)
    return [setting_value(name, stored.get(name)) for name in names]


def values_since(session: Session, name: str) -> list[tuple[datetime | None, Any]]:
    """Every value that a setting has had, the oldest first, and since when; the first has always been. One statement."""
    later = [(since, setting_value(name, stored)) for since, stored in stored_since(session, name)]
    return [(None, getattr(DEFAULTS, name)), *later]


def value_on(values: Sequence[tuple[datetime | None, Any]], moment: datetime) -> Any:
    """Of `values_since`, the one that was in force at a moment."""
    return [value for since, value in values if since is None or since <= moment][-1]


def set_shop_settings(
    session: Session,
    typed: Mapping[str, Any],
    *,
    actor_id: int | None,
    now: datetime,
    account_again: str | None = None,
    why: str = "",
    valid_from: datetime | None = None,
) -> ShopSettings:
    """Set what `typed` names and has changed; the trail holds before and after, of the account only how it ends.

    With a later `valid_from` it is planned, and comes into force by `follow_plan`. `account_again`: the
    account's number typed once more, where a person typed it. Raises InvalidInput naming every field that cannot be
    right, FinanceOnly for the account that buyers pay to and for what two persons must say.
    """
    change = Change(actor_id, now, why, valid_from).judged()
    current = _current(session, change)
    # An account's number that stays as it is was written before numbers were judged.
    named = {name: one for name, one in typed.items() if name != _NUMBER or one != current[name]}
    wanted = parse_settings(named, current)
    changed = {name: value for name, value in wanted.items() if value != _plain(current[name])}
    if changed.keys() & set(_ACCOUNT):
        refuse_half({name: wanted.get(name, current[name]) for name in _ACCOUNT})
    _fits_the_rest(session, current, changed, change)
    if touched := [name for name in changed if name in OF_FINANCE]:
        demand_finance(session, actor_id, touched)
    if _NUMBER in changed:
        refuse_typed_once(_NUMBER, changed[_NUMBER], account_again)
    if change.is_planned:
        for name, value in changed.items():
            plan_version(session, name, {"value": value}, change)
    else:
        _put_in_force(session, changed, current, change)
    return read_shop_settings(session)


def follow_plan(session: Session, version_id: int, *, now: datetime) -> bool:
    """Bring a planned setting into force, once; False for one that is not due any more or is no setting."""
    lock_settings(session)
    planned = lock_due(session, version_id, now=now)
    if planned is None or planned.name not in _NAMES:
        return False
    current, value = asdict(read_shop_settings(session)), planned.value["value"]
    change = Change(planned.written_by_id, now, planned.why)
    planned.number, planned.in_force_at = _store(session, planned.name, value, now), now
    _tell(session, {planned.name: value}, current, change)
    return True


def _put_in_force(
    session: Session, changed: Mapping[str, Any], current: Mapping[str, Any], change: Change
) -> None:
    for name, value in changed.items():
        keep_version(session, name, {"value": value}, _store(session, name, value, change.now), change)
    _tell(session, changed, current, change)


def _store(session: Session, name: str, value: Any, now: datetime) -> int:
    row = session.get(ShopSetting, name)
    if row is None:
        session.add(ShopSetting(name=name, value={"value": value}, version=1, changed_at=now))
        return 1
    row.value, row.version, row.changed_at = {"value": value}, row.version + 1, now
    return row.version


def _tell(session: Session, changed: Mapping[str, Any], current: Mapping[str, Any], change: Change) -> None:
    for name, value in changed.items():
        facts = {
            "before": _said(name, _plain(current[name])),
            "after": _said(name, value),
            **change.facts,
        }
        audit(session, change.actor_id, "setting.changed", "shop_setting", name, facts, now=change.now)
    if changed:
        session.flush()
        record(session, ShopSettingsChanged(tuple(sorted(changed))))


def _current(session: Session, change: Change) -> dict[str, Any]:
    """What holds when the change begins: of one that is planned, with what is planned until then."""
    current = asdict(read_shop_settings(session))
    if change.is_planned and change.valid_from is not None:
        before = [one for one in planned_values(session) if one.valid_from <= change.valid_from]
        current |= {one.name: setting_value(one.name, one.value) for one in before if one.name in _NAMES}
    return current


def _fits_the_rest(
    session: Session, current: Mapping[str, Any], changed: Mapping[str, Any], change: Change
) -> None:
    """Raises InvalidInput."""
    if change.is_planned and (account := sorted(changed.keys() & set(_ACCOUNT))):
        raise InvalidInput(msg("The account changes at once: leave the day empty."), field=account[0])
    planned = [
        (one.valid_from, {one.name: one.value["value"]})
        for one in planned_values(session)
        if one.name in _NAMES
    ]
    begins = change.valid_from if change.is_planned and change.valid_from else change.now
    judge_together(current, changed, planned, begins=begins)


def _said(name: str, value: Any) -> Any:
    return mask(value) if name == _NUMBER else value


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    return [dict(item) for item in value] if isinstance(value, (list, tuple)) else value


def _stored(name: str, value: Mapping[str, Any]) -> Any:
    plain = value["value"]
    return tuple(Licence(**item) for item in plain) if name == "licences" else plain
