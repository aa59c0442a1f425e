"""Robots of group chats in WeCom and DingTalk."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import requests

from shop.accounts.message_models import RobotKind
from shop.accounts.robot_addresses import RobotAddress, read_robot, unpacked
from shop.kit.errors import InvalidInput
from shop.notifications.robots import write_to_robot
from shop.notifications.sending import DeliveryFailed
from shop.storage.outbox import PermanentFailure

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=66cc55dd66cc55dd"


@pytest.fixture
def service(monkeypatch):
    """Answers what it is told to; `asked` holds the requests."""
    state = SimpleNamespace(status=200, said={"errcode": 0, "errmsg": "ok"}, asked=[])

    def post(url, **how):
        state.asked.append((url, how))
        if isinstance(state.said, Exception):
            raise state.said
        return SimpleNamespace(status_code=state.status, json=lambda: state.said)

    monkeypatch.setattr(requests, "post", post)
    return state


def test_only_the_key_of_a_pasted_address_is_used(service):
    write_to_robot(read_robot(f" {WECOM} "), "一共 3 单" * 200)
    ((url, how),) = service.asked
    assert url == "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
    assert how["params"] == {"key": "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"}
    said = json.loads(how["data"])["text"]["content"]
    assert said.startswith("一共 3 单")
    assert len(said.encode()) <= 2048, "WeCom takes no more"
    assert how["allow_redirects"] is False


def test_a_robot_of_dingtalk_signs_where_it_has_a_secret(service):
    robot = read_robot(DINGTALK, "SEC0123456789abcdef")
    write_to_robot(unpacked(RobotKind.DINGTALK, robot.packed()), "x")
    write_to_robot(read_robot(DINGTALK), "x")
    signed, plain = (how["params"] for _, how in service.asked)
    assert signed.keys() == {"access_token", "timestamp", "sign"}
    assert plain.keys() == {"access_token"}


@pytest.mark.parametrize(
    ("address", "secret", "field"),
    [
        ("http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc", "", "address"),
        ("https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=693a91f6-7abc", "", "address"),
        ("https://me@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc", "", "address"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=../../x", "", "address"),
        ("https://169.254.169.254/robot/send?access_token=66cc55dd66cc55dd", "", "address"),
        ("https://[oapi", "", "address"),
        ("", "", "address"),
        (WECOM, "SEC0123456789abcdef", "secret"),
        (DINGTALK, "letmein", "secret"),
    ],
)
def test_an_address_that_leads_elsewhere_is_no_robots(address, secret, field):
    with pytest.raises(InvalidInput) as refused:
        read_robot(address, secret)
    assert field in refused.value.errors


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (200, {"errcode": 93000, "errmsg": "invalid webhook url"}, PermanentFailure),
        (200, {"errcode": 310000, "errmsg": "sign not match"}, PermanentFailure),
        (200, {"errcode": 45009, "errmsg": "api freq out of limit"}, DeliveryFailed),
        (200, ["not what was agreed"], DeliveryFailed),
        (200, ValueError("no JSON"), DeliveryFailed),
        (502, {}, DeliveryFailed),
        (0, requests.ConnectionError("https://…?key=693a91f6"), DeliveryFailed),
    ],
)
def test_a_refusal_inside_a_200_is_no_success(service, status, said, error):
    service.status, service.said = status, said
    with pytest.raises(error) as failed:
        write_to_robot(RobotAddress(RobotKind.WECOM, "693a91f6-7abc"), "x")
    assert "693a91f6" not in str(failed.value), "the key is in no log"
