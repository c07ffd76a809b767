"""How complaints are dealt with: dates, causes, and who may give what (`policy.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.knowledge.policy_fields import Duration, Strict

Severity = Literal["normal", "high"]
Remedy = Literal["credit", "coupon", "refund", "replacement", "apology", "other"]
REMEDIES: tuple[Remedy, ...] = (
    "credit", "coupon", "refund", "replacement", "apology", "other",
)  # fmt: skip
MONEY: frozenset[Remedy] = frozenset({"credit", "coupon", "refund"})  # these have an amount…
CODED: frozenset[Remedy] = frozenset({"credit", "coupon"})  # …and these come as a code
MOST = Decimal(1_000_000)


def _decimal(value: object) -> object:
    return Decimal(str(value)) if isinstance(value, int | float) else value


Amount = Annotated[
    Decimal, BeforeValidator(_decimal), Field(ge=0, le=MOST, decimal_places=2, allow_inf_nan=False)
]


class Role(Strict):
    """What a colleague may give without asking: which remedies, and up to `limit` for a complaint.
    `people` are their Slack ids; who is named nowhere is an agent."""

    limit: Amount = Decimal(0)
    remedies: tuple[Remedy, ...] = REMEDIES
    people: tuple[str, ...] = ()

    @field_validator("remedies", mode="before")
    @classmethod
    def _each_known(cls, value: object) -> object:
        for each in value if isinstance(value, list) else ():
            if each not in REMEDIES:
                raise ValueError(f"{each!r} is no remedy; use {', '.join(REMEDIES)}")
        return value

    def may_give(self, remedy: str, amount: Decimal | None) -> bool:
        return remedy in self.remedies and (amount is None or amount <= self.limit)


class Due(Strict):
    """By when a complaint is to be settled, from its first word on."""

    normal: Duration = timedelta(days=3)
    high: Duration = timedelta(days=1)


class Roles(Strict):
    """Agents settle complaints; supervisors approve what is above an agent's limit."""

    agent: Role = Role(limit=Decimal(20))
    supervisor: Role = Role(limit=Decimal(200))

    @model_validator(mode="after")
    def _agents_are_the_rest(self) -> Self:
        if self.agent.people:
            raise ValueError('"agent" needs no people: whoever is named nowhere else is one')
        return self


class Complaints(Strict):
    """`topics` are tags of articles: who is answered with one of these, complains. `causes`: what a
    cause is called on the desk, by a short name that stays when the wording changes."""

    topics: tuple[str, ...] = ("complaint",)
    due: Due = Due()
    remind_before: Duration = timedelta(hours=4)
    assume_settled_after: Duration = timedelta(days=7)
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    causes: Mapping[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    roles: Roles = Roles()

    def due_after(self, severity: str) -> timedelta:
        return self.due.high if severity == "high" else self.due.normal

    def role_of(self, agent_id: str) -> Role:
        roles = self.roles
        return roles.supervisor if agent_id in roles.supervisor.people else roles.agent
