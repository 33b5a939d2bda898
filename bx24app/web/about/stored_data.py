"""What is stored about a portal and its people, for how long, and who may see it.

The privacy page shows this table, and a test compares it with the tables of the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bx24app import idempotency
from bx24app.i18n import N_
from bx24app.portals import journal, reauthorization

UNTIL_REMOVED = N_("until the application is removed from your Bitrix24")
OPERATOR = N_("whoever runs the application")
FLOWS_AND_OPERATOR = N_(
    "people of your Bitrix24 who may see the flow there, programs with an API key of your "
    "Bitrix24, whoever runs the application"
)
ADMINISTRATORS_AND_OPERATOR = N_(
    "administrators of your Bitrix24, programs with an API key of your Bitrix24, whoever runs "
    "the application"
)


@dataclass(frozen=True)
class StoredData:
    """One kind of stored data, in sentences marked for translation."""

    tables: tuple[str, ...]
    what: str
    kept: str
    seen_by: str
    facts: dict[str, int] = field(default_factory=dict)
    """Numbers that `kept` names."""


STORED_DATA = (
    StoredData(
        ("portals",),
        N_(
            "Your Bitrix24: its address and identity, the rights it granted, its language, whether "
            "the application is paid for, the number of the person who installed, and the secret "
            "that proves its messages (encrypted)"
        ),
        UNTIL_REMOVED,
        OPERATOR,
    ),
    StoredData(
        ("oauth_tokens",),
        N_(
            "Tokens (encrypted) of the people who opened the application, with their numbers. "
            "With them the application works in Bitrix24 as these people. No passwords"
        ),
        UNTIL_REMOVED,
        N_("nobody"),
    ),
    StoredData(
        ("health_looks", "findings"),
        N_(
            "What is wrong with the flows of your Bitrix24, as far as the application has looked: "
            "names of flows, and names and numbers of the people whom that is about"
        ),
        UNTIL_REMOVED,
        ADMINISTRATORS_AND_OPERATOR,
    ),
    StoredData(
        ("oauth_states",),
        N_("An authorization that somebody has begun: the address of the Bitrix24"),
        N_("%(minutes)s minutes"),
        OPERATOR,
        {"minutes": int(reauthorization.STATE_LIFETIME.total_seconds()) // 60},
    ),
    StoredData(
        ("rate_limits", "method_blocks"),
        N_("How many requests your Bitrix24 can take at the moment"),
        UNTIL_REMOVED,
        OPERATOR,
    ),
    StoredData(
        ("counters",),
        N_("How often things happen in all Bitrix24 together, without names"),
        N_("without end"),
        OPERATOR,
    ),
    StoredData(
        ("exchanges",),
        N_(
            "The requests to your Bitrix24 and its answers, without tokens and passwords. Names of "
            "people, departments, projects and flows may stand in them"
        ),
        N_("%(days)s days"),
        N_("whoever runs the application, and Bitrix24's support where it asks for them"),
        {"days": journal.KEPT.days},
    ),
    StoredData(
        ("known_flows", "seen_teams", "history"),
        N_(
            "Flows as they were last seen, and every change of a flow: who made it, when, and what "
            "the settings were before and after"
        ),
        UNTIL_REMOVED,
        FLOWS_AND_OPERATOR,
    ),
    StoredData(
        (
            "blueprints",
            "documented_flows",
            "reference_mappings",
            "plans",
            "plan_changes",
            "rollout_portals",
        ),
        N_("Blueprints and plans: the settings of flows that were wanted, and what came of them"),
        UNTIL_REMOVED,
        ADMINISTRATORS_AND_OPERATOR,
    ),
    StoredData(
        ("rollouts",),
        N_("Blueprints that whoever runs the application has brought to several Bitrix24"),
        N_("without end"),
        OPERATOR,
    ),
    StoredData(
        ("api_keys",),
        N_("API keys: what they are called, when they were last used. Not the keys themselves"),
        UNTIL_REMOVED,
        ADMINISTRATORS_AND_OPERATOR,
    ),
    StoredData(
        ("stored_responses",),
        N_("Answers to programs that may ask the same again"),
        N_("%(hours)s hours"),
        N_("the program that asked, whoever runs the application"),
        {"hours": int(idempotency.KEPT.total_seconds()) // 3600},
    ),
)
