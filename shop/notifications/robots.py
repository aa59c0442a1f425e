"""Robots of group chats in WeCom and DingTalk.

Apprise knows both, but takes every 200 for sent. Both services answer 200 with an `errcode` when they refuse, for
instance where a robot was removed: what was never written would count as told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final

import requests

from shop.accounts.message_models import RobotKind
from shop.accounts.robot_addresses import RobotAddress
from shop.kit.clock import utc_now
from shop.notifications.sending import DeliveryFailed
from shop.storage.outbox import PermanentFailure

URLS: Final = {
    RobotKind.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
    RobotKind.DINGTALK: "https://oapi.dingtalk.com/robot/send",
}
TIME_LIMITS: Final = (5, 10)  # seconds to connect, and to answer
LONGEST: Final = 600  # characters: WeCom takes 2,048 bytes
# WeCom: no such key, or the robot was removed. DingTalk: no such token, robot off, keywords or signature do not fit.
_NEVER: Final = frozenset({93000, 40035, 300001, 310000, 400013, 400101, 400102, 400105, 430101, 430104})


def write_to_robot(robot: RobotAddress, text: str) -> None:
    """Raises DeliveryFailed (try again later) or PermanentFailure; what they say holds no key."""
    said = {"msgtype": "text", "text": {"content": text[:LONGEST]}}
    try:
        answer = requests.post(
            URLS[robot.kind],
            params=_params(robot),
            data=json.dumps(said, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=TIME_LIMITS,
            allow_redirects=False,
        )
        status, told = answer.status_code, answer.json() if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError) as error:
        raise DeliveryFailed(f"{robot.kind}: {type(error).__name__}") from None
    _judge(robot.kind, status, told)


def _params(robot: RobotAddress) -> dict[str, str]:
    if robot.kind is RobotKind.WECOM:
        return {"key": robot.key}
    return {"access_token": robot.key} | (_signature(robot.secret) if robot.secret else {})


def _signature(secret: str) -> dict[str, str]:
    """DingTalk's: HMAC-SHA256 over the milliseconds, a line break and the secret itself."""
    milliseconds = str(int(utc_now().timestamp() * 1000))
    mac = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": milliseconds, "sign": base64.b64encode(mac).decode()}


def _judge(kind: RobotKind, status: int, told: Any) -> None:
    code = told.get("errcode") if isinstance(told, dict) else None
    if status == requests.codes.ok and code == 0:
        return
    said = f"{kind} answered {status}, errcode {code}"
    if code in _NEVER:
        raise PermanentFailure(said)
    raise DeliveryFailed(said)
