"""WeCom (企业微信): the code of its OAuth becomes a member's id, and the member's record says the rest.

Facts from its public reference: `gettoken`, `auth/getuserinfo`, `user/get`, `department/get`; every answer has an `errcode`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import requests

from shop.accounts.campus.asking import Asked, PatientSession
from shop.accounts.campus.config import WecomConfig
from shop.accounts.campus.described import kind_said, said
from shop.accounts.campus.errors import NotAMember, SignOnFailed, SignOnRefused, SignOnUnavailable
from shop.accounts.campus.models import Provider
from shop.accounts.campus.people import CampusPerson
from shop.kit.clock import utc_now

_OK: Final = 0
_TOKEN_OVER: Final = frozenset({40014, 42001})
_BAD_CODE: Final = frozenset({40029, 42003})
_NOBODY: Final = frozenset({60111, 46004})  # no member of this id
_SHUT: Final = frozenset({2, 5})  # disabled, left
_SPARE: Final = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass
class WecomSignOn:
    config: WecomConfig
    back_url: str
    _token: tuple[str, datetime] | None = field(default=None, repr=False)

    def begin(self, asked: Asked) -> str:
        """WeCom's own browser asks nobody; others show a code to be scanned with it."""
        config = self.config
        if asked.inside:
            said_there = {
                "appid": config.corp_id,
                "redirect_uri": self.back_url,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": asked.state,
                "agentid": config.agent_id,
            }
            return f"{config.inside_url}?{urlencode(said_there)}#wechat_redirect"
        asked_there = {
            "login_type": "CorpApp",
            "appid": config.corp_id,
            "agentid": config.agent_id,
            "redirect_uri": self.back_url,
            "state": asked.state,
        }
        return f"{config.outside_url}?{urlencode(asked_there)}"

    def finish(self, sent: Mapping[str, str], asked: Asked) -> CampusPerson:
        code = sent.get("code", "")
        if not code:
            raise SignOnRefused()
        if len(code) > 512:
            raise SignOnFailed()
        named = self._ask("/cgi-bin/auth/getuserinfo", code=code)
        if named.get("errcode") in _BAD_CODE:
            raise SignOnFailed()
        user_id = str(_good(named).get("userid") or named.get("UserId") or "")
        if not user_id or len(user_id) > 64:
            raise NotAMember()  # a visitor has an `openid` only
        record = self._ask("/cgi-bin/user/get", userid=user_id)
        if record.get("errcode") in _NOBODY or _good(record).get("status") in _SHUT:
            raise NotAMember()
        return self._person(user_id, record).tidied()

    def sign_out_url(self, id_token: str, *, back: str) -> str | None:
        """WeCom has no such place: its app stays signed in on the telephone."""
        return None

    def is_member(self, user_id: str) -> bool:
        """Whether WeCom still knows somebody. Raises SignOnUnavailable, which says nothing about anybody."""
        record = self._ask("/cgi-bin/user/get", userid=user_id)
        if record.get("errcode") in _NOBODY:
            return False
        return _good(record).get("status") not in _SHUT

    def _person(self, user_id: str, record: Mapping[str, Any]) -> CampusPerson:
        facts = {
            **_further_facts(record),
            **{key: record[key] for key in ("name", "position") if key in record},
        }
        department = self._department(record)
        if department:
            facts["department_name"] = department
        fields = self.config.fields
        return CampusPerson(
            Provider.WECOM,
            self.config.corp_id,
            user_id.casefold(),  # WeCom does not tell capitals from small letters
            name=said(fields, "name", facts),
            number=said(fields, "number", facts) or user_id,
            kind=kind_said(fields, facts),
            unit_code=said(fields, "unit", facts),
        )

    def _department(self, record: Mapping[str, Any]) -> str:
        """The name of the member's main department; empty where the app may not know it."""
        departments = record.get("department")
        number = record.get("main_department") or (
            departments[0] if isinstance(departments, list) and departments else None
        )
        if not isinstance(number, int):
            return ""
        try:
            answer = self._ask("/cgi-bin/department/get", id=str(number))
        except SignOnFailed:
            return ""
        found = answer.get("department")
        return str(found.get("name") or "") if isinstance(found, dict) else ""

    def _ask(self, path: str, **asked: str) -> dict[str, Any]:
        """With an access token, and once more with a new one when it has run out."""
        answer = self._get(path, {"access_token": self._access_token(), **asked})
        if answer.get("errcode") in _TOKEN_OVER:
            self._token = None
            answer = self._get(path, {"access_token": self._access_token(), **asked})
        return answer

    def _access_token(self) -> str:
        now = utc_now()
        if self._token is not None and now < self._token[1]:
            return self._token[0]
        answer = _good(
            self._get("/cgi-bin/gettoken", {"corpid": self.config.corp_id, "corpsecret": self.config.secret})
        )
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int):
            log.warning("wecom: no access token")
            raise SignOnUnavailable()
        self._token = (token, now + max(timedelta(seconds=seconds) - _SPARE, timedelta(seconds=1)))
        return token

    def _get(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        try:
            with PatientSession() as session:
                answer = session.get(self.config.api_base + path, params=asked)
            body = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError, RecursionError) as error:
            log.warning("wecom: %s", type(error).__name__)  # its words would hold the secret
            raise SignOnUnavailable() from None
        if not isinstance(body, dict):
            log.warning("wecom: an answer that cannot be read, status %s", answer.status_code)
            raise SignOnUnavailable()
        return body


def _good(answer: dict[str, Any]) -> dict[str, Any]:
    """Raises SignOnUnavailable for an answer that is an error."""
    if answer.get("errcode", _OK) != _OK:
        log.warning("wecom: refused with %s", answer.get("errcode"))
        raise SignOnUnavailable()
    return answer


def _further_facts(record: Mapping[str, Any]) -> dict[str, str]:
    """What the university has added to its members, by the names that it gave."""
    further = record.get("extattr")
    listed = further.get("attrs") if isinstance(further, dict) else None
    facts = {}
    for one in listed if isinstance(listed, list) else ():
        text = one.get("text") if isinstance(one, dict) else None
        value = (text.get("value") if isinstance(text, dict) else None) or (
            one.get("value") if isinstance(one, dict) else None
        )
        if isinstance(value, str) and isinstance(one.get("name"), str):
            facts[one["name"]] = value
    return facts
