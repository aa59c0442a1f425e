"""What was typed for a setting, as its value; every field that cannot be right is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.accounts.contacts import written_phone
from shop.accounts.editing.rules import Wrong, account_number
from shop.accounts.setting_specs import SAMPLE, SETTINGS, SettingKind, SettingSpec
from shop.accounts.setting_values import Licence
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy, typed_number


def licences_as_text(licences: tuple[Licence, ...]) -> str:
    """As the admin types them: one a line."""
    return "\n".join(f"{licence.label} {licence.number}" for licence in licences)


def parse_settings(typed: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
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
