"""The address of a group chat's robot, as WeCom and DingTalk show it to who sets one up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from shop.accounts.message_models import RobotKind
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg

_WECOM: Final = ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key")
_DINGTALK: Final = ("oapi.dingtalk.com", "/robot/send", "access_token")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,128}")
_SECRET: Final = re.compile(r"SEC[A-Za-z0-9]{8,128}")
_SEPARATOR: Final = " "


@dataclass(frozen=True)
class RobotAddress:
    """Only the key is taken from what was typed: the shop writes to no host that somebody else chose."""

    kind: RobotKind
    key: str = field(repr=False)
    secret: str = field(default="", repr=False)  # DingTalk's, where its robot wants signatures

    def packed(self) -> str:
        return f"{self.key}{_SEPARATOR}{self.secret}" if self.secret else self.key


def read_robot(typed: str, secret: str = "") -> RobotAddress:
    """Raises InvalidInput (address, secret)."""
    parts = _split(half_width(typed).strip())
    secret = half_width(secret).strip()
    for kind, (host, path, name) in ((RobotKind.WECOM, _WECOM), (RobotKind.DINGTALK, _DINGTALK)):
        if (parts[0], parts[1]) == (host, path) and _KEY.fullmatch(parts[2].get(name, "")):
            if secret and (kind is RobotKind.WECOM or not _SECRET.fullmatch(secret)):
                raise InvalidInput(
                    msg("A secret begins with SEC, and only robots of DingTalk have one."), field="secret"
                )
            return RobotAddress(kind, parts[2][name], secret)
    raise InvalidInput(
        msg("Please paste the whole Webhook address that WeCom or DingTalk shows for the robot."),
        field="address",
    )


def unpacked(kind: RobotKind, packed: str) -> RobotAddress:
    key, _, secret = packed.partition(_SEPARATOR)
    return RobotAddress(kind, key, secret)


def _split(address: str) -> tuple[str, str, dict[str, str]]:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "", "", {}
    is_plain = parts.scheme == "https" and "@" not in parts.netloc
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return (host if is_plain else ""), parts.path, query
