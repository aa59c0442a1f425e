"""What an admin maintains about the shop: names, filing numbers, telephone, deadlines.

Each value is a row of `shop_settings`; what nobody has set yet has the default that stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import written_phone
from shop.accounts.editing.rules import Wrong, account_number, refuse_half, refuse_typed_once
from shop.accounts.events import ShopSettingsChanged
from shop.accounts.finance import demand_finance
from shop.accounts.models import ShopSetting
from shop.accounts.setting_specs import OF_FINANCE, SAMPLE, SETTINGS, SettingKind, SettingSpec
from shop.kit.bank_accounts import mask
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy, typed_number
from shop.storage.event_log import record


@dataclass(frozen=True)
class Licence:
    """A licence as the footer shows it: what it is, and its number."""

    label: str
    number: str


@dataclass(frozen=True)
class ShopSettings:
    name_zh: str = "第一书记扶贫超市"
    name_en: str = "First Secretary Village Shop"
    short_name_zh: str = "第一书记超市"
    short_name_en: str = "Village Shop"
    tagline_zh: str = "山里的货，一班车送到校园"
    tagline_en: str = "Village goods, one truck a week"
    seller_name: str = ""
    icp_number: str = ""
    police_number: str = ""
    licences: tuple[Licence, ...] = ()
    phone: str = ""
    hours_zh: str = "工作日 9:00–18:00"
    hours_en: str = "Working days 9:00–18:00"
    report_title_zh: str = "消费帮扶"
    report_title_en: str = "Procurement support"
    complete_after_days: int = 10  # an order nobody complains about completes by itself
    accept_within_hours: int = 24  # a producer's time to accept a task
    ready_within_hours: int = 48  # and to have it ready
    coordinator_hours: int = 12  # a coordinator's time to call before units go to another household
    remind_before_hours: int = 6  # so long before its deadline a household is reminded; 0: never
    substitute_borne_percent: int = 25  # of the price, what the shop bears at most for a cheaper substitute
    answer_within_hours: int = 48  # a buyer's time to say what becomes of units that nobody has
    bank_payee: str = ""  # where transfers go; empty: to the seller's own account
    bank_name: str = ""
    bank_number: str = ""
    second_person_above_yuan: int = 5000  # of a transfer; 0: always two
    keep_days_after_arrival: int = 1  # goods are good for so many days after the day on which they arrive
    claim_hours_fresh: int = 48  # so long after receipt a buyer may say that fresh goods arrived bad
    invoice_days: int = 180  # so long after an order is paid its buyer may ask for an invoice
    most_waiting_transfers: int = 20  # orders of one organisation that may wait for their transfer at once
    approval_hours: int = 72  # so long an organisation's approvers have for an order above a limit
    payout_day: int = 5  # of each month, on which the run to households is closed; 0: by hand
    payout_within_days: int = 7  # and within so many days it is paid
    late_after_days: int = 7  # a courier's parcel that is not delivered by then is late
    bag_sheet_rows: int = 5  # of stickers on an A4 sheet for labels of bags
    bag_sheet_columns: int = 2
    remind_uncollected_after_days: int = 2  # at a pickup point, then its buyer is written to
    remind_again_after_days: int = 2  # and so much later again; as long after that somebody decides
    pairing_percent: int = (
        0  # so much more income a head a paired household may have and still come first; 0: off
    )
    service_answer_hours: int = 4  # of working time, in which a buyer who writes has a first answer
    service_resolve_hours: int = 27  # and in which what they wrote of is settled
    service_opens_hour: int = 9  # working time, in Shanghai, on the working days of the calendar
    service_closes_hour: int = 18
    service_close_days: int = 7  # a conversation that the buyer does not go on with closes by itself
    privacy_days: int = 15  # working days within which somebody who asks about their data is answered
    roster_keep_days: int = 365  # after somebody left, whose row on the roster opened no account
    erase_after_days: int = 7  # an erasure can be called off for so many days
    low_stock_units: int = 5  # "few left" is said from here down
    review_all_first: int = (
        0  # 1: every review is looked at before it is shown; 0: photos and flagged words only
    )
    export_rows_at_once: int = 50_000  # a file with more rows is written in the background
    export_keep_days: int = 7  # and kept so long; copies of people's data stay nowhere for longer
    gift_list_days: int = 90  # after a gift was last touched, the list of its recipients is deleted
    review_within_days: int = 180  # of receiving goods they can be reviewed
    review_change_days: int = 30  # and so long a review can be changed that nobody has answered
    campaign_year_cap_yuan: int = (
        2000  # of welfare a member may choose in a year, over all campaigns; 0: no cap
    )
    campaign_share_percent: int = 30  # of each kind of goods of a campaign, one household's part at most
    remind_targets_months: int = 3  # so often those are written to whose yearly target is behind; 0: never
    weight_over_percent: int = (
        20  # above the weight that was ordered, what is paid at most of goods by weight
    )
    search_engines: int = 1  # 0: they are asked to stay away, as from a shop for trying out


DEFAULTS = ShopSettings()
_TOO_FEW_HOURS: Final = msg(
    "The reminder comes earlier than that before the deadline: please choose more hours."
)
_NUMBER: Final = "bank_number"
_ACCOUNT = ("bank_payee", "bank_name", _NUMBER)
_NAMES = frozenset(field.name for field in fields(ShopSettings))
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


def set_shop_settings(
    session: Session,
    typed: Mapping[str, Any],
    *,
    actor_id: int | None,
    now: datetime,
    account_again: str | None = None,
) -> ShopSettings:
    """Set what `typed` names and has changed; the trail holds before and after, of the account only how it ends.

    `account_again`: the account's number typed once more, where a person typed it. Raises InvalidInput naming every
    field that cannot be right, FinanceOnly for the account that buyers pay to and for what two persons must say.
    """
    current = asdict(read_shop_settings(session))
    # An account's number that stays as it is was written before numbers were judged.
    named = {name: one for name, one in typed.items() if name != _NUMBER or one != current[name]}
    wanted = _judge(named, current)
    changed = {name: value for name, value in wanted.items() if value != _plain(current[name])}
    if changed.keys() & set(_ACCOUNT):
        refuse_half({name: wanted.get(name, current[name]) for name in _ACCOUNT})
    _refuse_early_reminder({**current, **changed}, changed)
    _refuse_no_hours({**current, **changed}, changed)
    if touched := [name for name in changed if name in OF_FINANCE]:
        demand_finance(session, actor_id, touched)
    if _NUMBER in changed:
        refuse_typed_once(_NUMBER, changed[_NUMBER], account_again)
    for name, value in changed.items():
        row = session.get(ShopSetting, name)
        if row is None:
            session.add(ShopSetting(name=name, value={"value": value}, version=1, changed_at=now))
        else:
            row.value, row.version, row.changed_at = {"value": value}, row.version + 1, now
        facts = {"before": _said(name, _plain(current[name])), "after": _said(name, value)}
        audit(session, actor_id, "setting.changed", "shop_setting", name, facts, now=now)
    if changed:
        session.flush()
        record(session, ShopSettingsChanged(tuple(sorted(changed))))
    return read_shop_settings(session)


def _refuse_early_reminder(wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """A reminder that is due before its task opens would be sent with it. Raises InvalidInput."""
    pair = ("remind_before_hours", "accept_within_hours")
    touched = next((name for name in pair if name in changed), None)
    if touched and wanted[pair[0]] >= wanted[pair[1]]:
        sentence = msg(
            "A household is reminded before the hours to accept a task are over: please choose fewer hours."
        )
        raise InvalidInput(sentence if touched == pair[0] else _TOO_FEW_HOURS, field=touched)


def _refuse_no_hours(wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Raises InvalidInput for working time that ends before it begins."""
    pair = ("service_closes_hour", "service_opens_hour")
    touched = next((name for name in pair if name in changed), None)
    if touched and wanted[pair[0]] <= wanted[pair[1]]:
        raise InvalidInput(msg("Working time ends before it begins."), field=touched)


def _said(name: str, value: Any) -> Any:
    return mask(value) if name == _NUMBER else value


def licences_as_text(licences: tuple[Licence, ...]) -> str:
    """As the admin types them: one a line."""
    return "\n".join(f"{licence.label} {licence.number}" for licence in licences)


def _judge(typed: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """A number that stands there already keeps its shape: who changes something else need not change it."""
    specs = {spec.name: spec for spec in SETTINGS}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in typed.items():
        try:
            values[name] = _parse(specs[name], value)
        except InvalidInput as error:
            errors[name] = error.message
            continue
        shape = specs[name].shape
        if shape is not None and values[name] and values[name] != current[name]:
            number, mark = values[name].removesuffix(SAMPLE), values[name].endswith(SAMPLE)
            values[name] = half_width(number) + (SAMPLE if mark else "")
            if not shape.fits(values[name]):
                errors[name] = shape.sentence
    if errors:
        raise InvalidInput(errors=errors)
    return values


def _parse(spec: SettingSpec, value: Any) -> Any:
    if spec.kind is SettingKind.NUMBER:
        return _parse_number(spec, str(value))
    if spec.kind is SettingKind.LICENCES:
        return [_parse_licence(line) for line in str(value).splitlines() if line.strip()]
    line = tidy(str(value))
    if spec.required and not line:
        raise InvalidInput(msg("Please fill this in."))
    if len(line) > spec.most:
        raise InvalidInput(msg("This text is too long."))
    if spec.kind is SettingKind.ACCOUNT:
        return _parse_account(line)
    return written_phone(line) if line and spec.kind is SettingKind.PHONE else line


def _parse_number(spec: SettingSpec, typed: str) -> int:
    try:
        number = typed_number(typed)
    except ValueError:
        number = spec.least - 1
    if not spec.least <= number <= spec.most:
        raise InvalidInput(msg("Please enter a whole number in the range stated."))
    return number


def _parse_account(typed: str) -> str:
    try:
        return account_number(typed)
    except Wrong as wrong:
        raise InvalidInput(wrong.message) from wrong


def _parse_licence(line: str) -> dict[str, str]:
    label, _, number = tidy(line).partition(" ")
    if not number:
        raise InvalidInput(msg("Please write each licence as its name, a space and its number."))
    return {"label": label, "number": number}


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    return [dict(item) for item in value] if isinstance(value, (list, tuple)) else value


def _stored(name: str, value: Mapping[str, Any]) -> Any:
    plain = value["value"]
    return tuple(Licence(**item) for item in plain) if name == "licences" else plain
