"""CAS 3.0 through python-cas: a ticket for one service address, which is asked about once, and single logout."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin
from xml.etree.ElementTree import ParseError

import requests
from cas import CASClientV3
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shop.accounts.campus.asking import Asked, PatientSession
from shop.accounts.campus.config import CasConfig
from shop.accounts.campus.described import kind_said, said
from shop.accounts.campus.errors import SignOnFailed, SignOnRefused, SignOnUnavailable
from shop.accounts.campus.models import Provider
from shop.accounts.campus.people import CampusPerson

_TICKET: Final = re.compile(r"ST-[\x21-\x7e]{1,250}")  # a service ticket; a proxy's begins otherwise
_LONGEST_REQUEST: Final = 20_000

log = logging.getLogger(__name__)


class _Client(CASClientV3):
    """Asks with the wish to sign in anew, which the library only writes into the first address."""

    def get_verification_response(self, ticket: str) -> bytes:
        asked = {"ticket": ticket, "service": self.service_url} | ({"renew": "true"} if self.renew else {})
        answer = self.session.get(urljoin(self.server_url, self.url_suffix), params=asked)
        if answer.status_code != requests.codes.ok:
            log.warning("cas: the ticket was answered with status %s", answer.status_code)
            raise SignOnUnavailable()
        content: bytes = answer.content
        fromstring(content, forbid_dtd=True)  # nothing that unfolds reaches the library
        return content


@dataclass(frozen=True)
class CasSignOn:
    config: CasConfig
    back_url: str

    def begin(self, asked: Asked) -> str:
        """The state is part of the service address: a ticket that another browser was given fits nothing here."""
        return str(self._client(asked).get_login_url())

    def finish(self, sent: Mapping[str, str], asked: Asked) -> CampusPerson:
        ticket = sent.get("ticket", "")
        if not ticket:
            raise SignOnRefused()
        if not _TICKET.fullmatch(ticket):
            raise SignOnFailed()
        user, attributes = self._validated(ticket, asked)
        fields = self.config.fields
        return CampusPerson(
            Provider.CAS,
            self.config.server_url,
            user,
            name=said(fields, "name", attributes),
            number=said(fields, "number", attributes) or user,
            kind=kind_said(fields, attributes),
            unit_code=said(fields, "unit", attributes),
            session_key=ticket,
        ).tidied()

    def sign_out_url(self, id_token: str, *, back: str) -> str | None:
        """Servers of CAS 3 read `service`, those before `url`; both ignore what they do not know."""
        return f"{self.config.server_url}/logout?{urlencode({'service': back, 'url': back})}"

    def read_logout_request(self, text: str) -> str | None:
        """The ticket that a logout request names; None for what is none. Anybody may send one."""
        if len(text) > _LONGEST_REQUEST:
            return None
        try:
            fromstring(text.encode(), forbid_dtd=True)
            found = CASClientV3.get_saml_slos(text.encode()) or []
        except (ParseError, DefusedXmlException, ValueError):
            return None
        ticket = (found[0].text or "").strip() if found else ""
        return ticket if _TICKET.fullmatch(ticket) else None

    def _validated(self, ticket: str, asked: Asked) -> tuple[str, Mapping[str, Any]]:
        try:
            user, attributes, _pgt = self._client(asked).verify_ticket(ticket)
        except requests.RequestException as error:
            log.warning("cas: %s", type(error).__name__)
            raise SignOnUnavailable() from None
        except (ParseError, DefusedXmlException, IndexError, AttributeError, ValueError) as error:
            log.warning("cas: an answer that cannot be read: %s", type(error).__name__)
            raise SignOnFailed() from None
        name = (user or "").strip()
        if not name or len(name) > 255:
            log.warning("cas: the ticket is not good")
            raise SignOnFailed()
        return name, attributes or {}

    def _client(self, asked: Asked) -> Any:
        return _Client(
            service_url=f"{self.back_url}?{urlencode({'state': asked.state})}",
            server_url=f"{self.config.server_url}/",
            renew=asked.again,
            session=PatientSession(),
        )
