"""What the environment says of signing in from the campus: all of a provider or nothing of it, every mistake said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from shop.accounts.campus.config import (
    STAFF_WORDS,
    STUDENT_WORDS,
    USUAL_NAMES,
    WECOM_API,
    WECOM_INSIDE,
    WECOM_OUTSIDE,
    CampusConfig,
    CasConfig,
    FieldNames,
    OidcConfig,
    WecomConfig,
)
from shop.environment import Reader

_OIDC_NEEDS: Final = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
_WECOM_NEEDS: Final = ("WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET")
_FURTHER: Final = {
    "OIDC_FIELDS": "OIDC_ISSUER", "OIDC_SCOPES": "OIDC_ISSUER", "CAS_FIELDS": "CAS_SERVER_URL",
    "WECOM_FIELDS": "WECOM_CORP_ID", "WECOM_API_BASE": "WECOM_CORP_ID", "WECOM_LOGIN_URL": "WECOM_CORP_ID",
}  # fmt: skip
_CAS_PARTS: Final = ("/login", "/logout", "/serviceValidate", "/p3/serviceValidate")


def read_campus(reader: Reader) -> CampusConfig:
    """None in it for each provider without any of its settings; with some of them, what is missing is a problem."""
    reader.problems += [
        f"{name} is set without {needed}"
        for name, needed in _FURTHER.items()
        if reader.text(name) and not reader.text(needed)
    ]
    oidc, cas, wecom = _read_oidc(reader), _read_cas(reader), _read_wecom(reader)
    further = tuple(filter(None, (_origin_given(reader, text) for text in reader.several("SIGN_ON_ORIGINS"))))
    return CampusConfig(oidc, cas, wecom, origins=(*_origins(oidc, cas, wecom), *further))


def insecure_campus(config: CampusConfig) -> list[str]:
    """Sentences about what a production may not use."""
    addresses = {
        "OIDC_ISSUER": config.oidc.issuer if config.oidc else None,
        "CAS_SERVER_URL": config.cas.server_url if config.cas else None,
        "WECOM_API_BASE": config.wecom.api_base if config.wecom else None,
        "WECOM_LOGIN_URL": config.wecom.outside_url if config.wecom else None,
    }
    found = [
        f"{name} must begin with https://"
        for name, url in addresses.items()
        if url is not None and not url.startswith("https://")
    ]
    if any(not origin.startswith("https://") for origin in config.origins) and not found:
        found.append("SIGN_ON_ORIGINS must begin with https://, each of them")
    return found


def _read_oidc(reader: Reader) -> OidcConfig | None:
    if not _is_wanted(reader, _OIDC_NEEDS, "OIDC"):
        return None
    # A slash at its end belongs to an issuer's name.
    issuer = (reader.web_url("OIDC_ISSUER") or "") and (reader.text("OIDC_ISSUER") or "")
    if issuer.rstrip("/").endswith("/.well-known/openid-configuration"):
        reader.problems.append(
            "OIDC_ISSUER must be the issuer itself, without /.well-known/openid-configuration"
        )
    scopes = reader.text("OIDC_SCOPES") or "openid profile"
    if "openid" not in scopes.split():
        reader.problems.append("OIDC_SCOPES must contain openid, words separated by spaces")
    return OidcConfig(
        issuer=issuer,
        client_id=reader.text("OIDC_CLIENT_ID") or "",
        client_secret=reader.text("OIDC_CLIENT_SECRET") or "",
        scopes=scopes,
        fields=_fields(reader, "OIDC_FIELDS"),
    )


def _read_cas(reader: Reader) -> CasConfig | None:
    url = reader.web_url("CAS_SERVER_URL")
    if url is None:
        return None
    if url.endswith(_CAS_PARTS):
        reader.problems.append(
            "CAS_SERVER_URL must be the address above /login, such as https://cas.example.edu/cas"
        )
    return CasConfig(server_url=url, fields=_fields(reader, "CAS_FIELDS"))


def _read_wecom(reader: Reader) -> WecomConfig | None:
    if not _is_wanted(reader, _WECOM_NEEDS, "WECOM"):
        return None
    agent = reader.text("WECOM_AGENT_ID") or ""
    if agent and not re.fullmatch(r"[0-9]{1,12}", agent):
        reader.problems.append("WECOM_AGENT_ID must be a number such as 1000002")
    elsewhere = reader.web_url("WECOM_LOGIN_URL")
    return WecomConfig(
        corp_id=reader.text("WECOM_CORP_ID") or "",
        agent_id=agent,
        secret=reader.text("WECOM_SECRET") or "",
        api_base=reader.web_url("WECOM_API_BASE") or WECOM_API,
        inside_url=elsewhere or WECOM_INSIDE,
        outside_url=elsewhere or WECOM_OUTSIDE,
        fields=_fields(reader, "WECOM_FIELDS"),
    )


def _fields(reader: Reader, name: str) -> FieldNames:
    """`number=employee_id, unit=department, kind=role`: what is not named keeps its usual names."""
    names: dict[str, tuple[str, ...]] = dict(USUAL_NAMES)
    for pair in reader.several(name):
        what, equals, field = (part.strip() for part in pair.partition("="))
        if not equals or what not in names or not field:
            reader.problems.append(
                f"{name} must be written as {', '.join(names)}, each with = and the provider's own name for it"
            )
            continue
        names[what] = (field,)
    return FieldNames(
        names,
        staff_words=reader.several("CAMPUS_STAFF_WORDS") or STAFF_WORDS,
        student_words=reader.several("CAMPUS_STUDENT_WORDS") or STUDENT_WORDS,
    )


def _is_wanted(reader: Reader, needs: tuple[str, ...], what: str) -> bool:
    given = [name for name in needs if reader.text(name)]
    if not given:
        return False
    reader.problems += [
        f"{name} is missing: the other {what}_ settings are there" for name in needs if name not in given
    ]
    return True


def _origins(oidc: OidcConfig | None, cas: CasConfig | None, wecom: WecomConfig | None) -> tuple[str, ...]:
    urls = [oidc.issuer if oidc else "", cas.server_url if cas else ""]
    urls += [wecom.inside_url, wecom.outside_url] if wecom else []
    return tuple(dict.fromkeys(_origin(url) for url in urls if url))


def _origin_given(reader: Reader, text: str) -> str | None:
    """Another origin through which a provider leads, such as its page for signing in."""
    mapping: Mapping[str, str] = {"SIGN_ON_ORIGINS": text}
    url = Reader(mapping).web_url("SIGN_ON_ORIGINS")
    if url is None or urlsplit(url).path:
        reader.problems.append(
            "SIGN_ON_ORIGINS must be origins such as https://sso.example.edu, separated by commas"
        )
        return None
    return _origin(url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
