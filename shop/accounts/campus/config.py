"""Where the campus signs in, as the environment says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

WECOM_API: Final = "https://qyapi.weixin.qq.com"
WECOM_INSIDE: Final = "https://open.weixin.qq.com/connect/oauth2/authorize"
WECOM_OUTSIDE: Final = "https://login.work.weixin.qq.com/wwlogin/sso/login"

# What somebody is, by the words that providers use; compared without regard to case.
STAFF_WORDS: Final = (
    *("staff", "faculty", "employee", "teacher", "worker", "jzg", "js"),
    *("教职工", "教工", "教师", "职工", "老师", "员工", "在职", "离退休"),
)
STUDENT_WORDS: Final = (
    *("student", "undergraduate", "postgraduate", "graduate", "xs", "bks", "yjs"),
    *("学生", "本科生", "研究生", "硕士", "博士", "硕士生", "博士生"),
)
# Names under which providers send what we ask for, the first that is there is taken.
USUAL_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("name", "cn", "displayName", "display_name", "xm", "user_name"),
        "number": ("employee_number", "employeeNumber", "student_number", "number", "xgh", "工号", "学号",
                   "preferred_username"),
        "kind": ("kind", "eduPersonPrimaryAffiliation", "eduPersonAffiliation", "affiliation", "user_type",
                 "sflb", "身份", "position"),
        "unit": ("unit", "department", "ou", "orgName", "dwmc", "department_name"),
    }
)  # fmt: skip


@dataclass(frozen=True)
class FieldNames:
    """Which of a provider's fields says what, and which words mean staff and student."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: USUAL_NAMES)
    staff_words: tuple[str, ...] = STAFF_WORDS
    student_words: tuple[str, ...] = STUDENT_WORDS


@dataclass(frozen=True)
class OidcConfig:
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid profile"
    fields: FieldNames = field(default_factory=FieldNames)


@dataclass(frozen=True)
class CasConfig:
    server_url: str  # without a slash at its end
    fields: FieldNames = field(default_factory=FieldNames)


@dataclass(frozen=True)
class WecomConfig:
    corp_id: str
    agent_id: str
    secret: str = field(repr=False)
    api_base: str = WECOM_API
    inside_url: str = WECOM_INSIDE
    outside_url: str = WECOM_OUTSIDE
    fields: FieldNames = field(default_factory=FieldNames)


@dataclass(frozen=True)
class CampusConfig:
    """All of it; None for what this university does not have."""

    oidc: OidcConfig | None = None
    cas: CasConfig | None = None
    wecom: WecomConfig | None = None
    origins: tuple[str, ...] = ()  # where a form of ours may lead when somebody signs in or out there
