"""The first tables: portals, tokens, rates, flows, keys, exchanges, plans, rollouts, health."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, those that others point at first."""
    _make_portals()
    _make_oauth_tokens()
    _make_known_flows()
    _make_seen_teams()
    _make_api_keys()
    _make_stored_responses()
    _make_oauth_states()
    _make_rate_limits()
    _make_method_blocks()
    _make_exchanges()
    _make_counters()
    _make_history()
    _make_documents()
    _make_plans()
    _make_plan_changes()
    _make_rollouts()
    _make_health()


def downgrade() -> None:
    """Remove every table, with all that is in it."""
    for table in (
        "findings", "health_looks",
        "rollout_portals", "rollouts",
        "plan_changes", "plans", "blueprints", "reference_mappings", "documented_flows", "history",
        "counters", "exchanges", "method_blocks", "rate_limits", "oauth_states", "stored_responses",
        "api_keys", "seen_teams", "known_flows", "oauth_tokens", "portals",
    ):  # fmt: skip
        op.drop_table(table)


def _some(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _number(name: str) -> sa.Column[Any]:
    """Part of a key that comes from outside and is never counted up by the database."""
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _goes_with(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """The row is deleted together with the one that its column points at."""
    name = op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete="CASCADE")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _make_portals() -> None:
    op.create_table(
        "portals",
        _some("member_id", sa.String(64)),
        _some("domain", sa.String(255)),
        _some("endpoint", sa.String(512)),
        _some("auth_server", sa.String(255)),
        _some("status", sa.String(16)),
        _some("status_at", _moment()),
        _some("application_status", sa.String(8)),
        _maybe("application_token", sa.LargeBinary()),
        _some("scope", sa.Text()),
        _some("language", sa.String(8)),
        _some("installer_id", sa.Integer()),
        _some("installed_at", _moment()),
        _some("seen_at", _moment()),
        _maybe("suspected_at", _moment()),
        _maybe("suspected_reason", sa.String(64)),
        _maybe("refused_at", _moment()),
        _maybe("questioned_at", _moment()),
        _some("license_family", sa.String(32)),
        _maybe("license_at", _moment()),
        _key("portals", "member_id"),
    )
    op.create_index(op.f("ix_portals_domain"), "portals", ["domain"])


def _make_oauth_tokens() -> None:
    op.create_table(
        "oauth_tokens",
        _some("member_id", sa.String(64)),
        _number("user_id"),
        _some("access_token", sa.LargeBinary()),
        _some("refresh_token", sa.LargeBinary()),
        _some("expires_at", _moment()),
        _some("obtained_at", _moment()),
        _some("version", sa.Integer()),
        _maybe("lease_by", sa.String(32)),
        _maybe("lease_until", _moment()),
        _maybe("asked_at", _moment()),
        _some("failures", sa.Integer()),
        _maybe("retry_at", _moment()),
        _maybe("lost_reason", sa.String(64)),
        _maybe("lost_at", _moment()),
        _maybe("doubted_reason", sa.String(64)),
        _maybe("doubted_at", _moment()),
        _some("spent_digests", sa.String(255)),
        _key("oauth_tokens", "member_id", "user_id"),
        _goes_with("oauth_tokens", "member_id", "portals.member_id"),
    )


def _make_known_flows() -> None:
    op.create_table(
        "known_flows",
        _some("member_id", sa.String(64)),
        _number("flow_id"),
        _some("known_since", _moment()),
        _maybe("seen", sa.Text()),
        _key("known_flows", "member_id", "flow_id"),
        _goes_with("known_flows", "member_id", "portals.member_id"),
    )


def _make_seen_teams() -> None:
    op.create_table(
        "seen_teams",
        _some("member_id", sa.String(64)),
        _number("flow_id"),
        _some("kind", sa.String(32)),
        _some("team", sa.Text()),
        _some("former_kind", sa.String(32)),
        _some("former_team", sa.Text()),
        _some("at", _moment()),
        _key("seen_teams", "member_id", "flow_id"),
        _goes_with("seen_teams", "member_id", "portals.member_id"),
    )


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        _some("id", sa.Integer()),
        _some("digest", sa.String(64)),
        _maybe("member_id", sa.String(64)),
        _some("label", sa.String(200)),
        _some("created_at", _moment()),
        _maybe("used_at", _moment()),
        _maybe("revoked_at", _moment()),
        _some("read_only", sa.Boolean()),
        _maybe("expires_at", _moment()),
        _key("api_keys", "id"),
        _goes_with("api_keys", "member_id", "portals.member_id"),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sqlite_autoincrement=True,  # a number that was given is never given again
    )
    op.create_index(op.f("ix_api_keys_member_id"), "api_keys", ["member_id"])


def _make_stored_responses() -> None:
    op.create_table(
        "stored_responses",
        _number("key_id"),
        _some("member_id", sa.String(64)),
        _some("name", sa.String(255)),
        _some("request_digest", sa.String(64)),
        _some("asked_at", _moment()),
        _maybe("owner", sa.String(32)),
        _maybe("lease_until", _moment()),
        _some("uncertain", sa.Boolean()),
        _maybe("status", sa.Integer()),
        _maybe("headers", sa.Text()),
        _maybe("body", sa.Text()),
        _maybe("flow_id", sa.Integer()),
        _key("stored_responses", "key_id", "member_id", "name"),
        _goes_with("stored_responses", "key_id", "api_keys.id"),
    )
    op.create_index(op.f("ix_stored_responses_asked_at"), "stored_responses", ["asked_at"])
    op.create_index(
        op.f("ix_stored_responses_key_id_asked_at"), "stored_responses", ["key_id", "asked_at"]
    )


def _make_oauth_states() -> None:
    op.create_table(
        "oauth_states",
        _some("state_digest", sa.String(64)),
        _some("domain", sa.String(255)),
        _some("expires_at", _moment()),
        _key("oauth_states", "state_digest"),
    )


def _make_rate_limits() -> None:
    op.create_table(
        "rate_limits",
        _some("member_id", sa.String(64)),
        _some("due", sa.Float()),
        _some("booked", sa.Float()),
        _key("rate_limits", "member_id"),
    )


def _make_method_blocks() -> None:
    op.create_table(
        "method_blocks",
        _some("member_id", sa.String(64)),
        _some("method", sa.String(255)),
        _some("until", sa.Float()),
        _key("method_blocks", "member_id", "method"),
    )


def _make_exchanges() -> None:
    op.create_table(
        "exchanges",
        _some("id", sa.Integer()),
        _some("at", _moment()),
        _some("member_id", sa.String(64)),
        _some("method", sa.String(255)),
        _maybe("status", sa.Integer()),
        _maybe("error", sa.String(255)),
        _some("milliseconds", sa.Integer()),
        _some("request", sa.Text()),
        _some("response", sa.Text()),
        _some("cut", sa.Boolean()),
        _key("exchanges", "id"),
    )
    op.create_index(op.f("ix_exchanges_at"), "exchanges", ["at"])
    op.create_index(op.f("ix_exchanges_member_id_at"), "exchanges", ["member_id", "at"])


def _make_counters() -> None:
    op.create_table(
        "counters",
        _some("name", sa.String(64)),
        _some("label", sa.String(64)),
        _some("value", sa.Float()),
        _key("counters", "name", "label"),
    )


def _make_history() -> None:
    op.create_table(
        "history",
        _some("id", sa.Integer()),
        _some("member_id", sa.String(64)),
        _some("at", _moment()),
        _some("who_kind", sa.String(16)),
        _some("who_id", sa.String(64)),
        _some("who_name", sa.String(255)),
        _some("through", sa.String(16)),
        _some("flow_id", sa.Integer()),
        _some("name", sa.Text()),
        _some("action", sa.String(16)),
        _maybe("before", sa.Text()),
        _maybe("after", sa.Text()),
        _key("history", "id"),
        _goes_with("history", "member_id", "portals.member_id"),
    )
    op.create_index(op.f("ix_history_member_id_id"), "history", ["member_id", "id"])


def _make_documents() -> None:
    op.create_table(
        "documented_flows",
        _some("member_id", sa.String(64)),
        _some("key", sa.String(100)),
        _some("flow_id", sa.Integer()),
        _some("owned", sa.Boolean()),
        _key("documented_flows", "member_id", "key"),
        _goes_with("documented_flows", "member_id", "portals.member_id"),
    )
    index = "ix_documented_flows_member_id_flow_id"
    op.create_index(op.f(index), "documented_flows", ["member_id", "flow_id"])
    op.create_table(
        "reference_mappings",
        _some("member_id", sa.String(64)),
        _some("kind", sa.String(16)),
        _some("text_digest", sa.String(64)),
        _some("text", sa.Text()),
        _some("number", sa.Integer()),
        _key("reference_mappings", "member_id", "kind", "text_digest"),
        _goes_with("reference_mappings", "member_id", "portals.member_id"),
    )
    op.create_table(
        "blueprints",
        _some("member_id", sa.String(64)),
        _some("slug", sa.String(100)),
        _some("document", sa.Text()),
        _some("updated_at", _moment()),
        _key("blueprints", "member_id", "slug"),
        _goes_with("blueprints", "member_id", "portals.member_id"),
    )


def _make_plans() -> None:
    op.create_table(
        "plans",
        _some("id", sa.Integer()),
        _some("member_id", sa.String(64)),
        _maybe("rollout_id", sa.Integer()),
        _some("digest", sa.String(64)),
        _some("status", sa.String(16)),
        _some("created_at", _moment()),
        _some("expires_at", _moment()),
        _maybe("queued_at", _moment()),
        _maybe("applied_by", sa.Text()),
        _some("accepted", sa.Text()),
        _some("unsafe", sa.Text()),
        _maybe("owner", sa.String(32)),
        _maybe("lease_until", _moment()),
        _maybe("finished_at", _moment()),
        _key("plans", "id"),
        _goes_with("plans", "member_id", "portals.member_id"),
        # Otherwise SQLite may give the number of a removed plan to a new one.
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_plans_member_id_id"), "plans", ["member_id", "id"])
    op.create_index(op.f("ix_plans_status_queued_at"), "plans", ["status", "queued_at"])


def _make_plan_changes() -> None:
    op.create_table(
        "plan_changes",
        _number("plan_id"),
        _number("position"),
        _some("key", sa.String(100)),
        _some("action", sa.String(16)),
        _maybe("flow_id", sa.Integer()),
        _some("name", sa.Text()),
        _some("fields", sa.Text()),
        _some("data", sa.Text()),
        _maybe("base", sa.Text()),
        _some("owns", sa.Boolean()),
        _maybe("reason", sa.Text()),
        _some("status", sa.String(16)),
        _maybe("code", sa.String(64)),
        _maybe("message", sa.Text()),
        _maybe("outcome_flow_id", sa.Integer()),
        _some("may_have_happened", sa.Boolean()),
        _key("plan_changes", "plan_id", "position"),
        _goes_with("plan_changes", "plan_id", "plans.id"),
    )


def _make_rollouts() -> None:
    op.create_table(
        "rollouts",
        _some("id", sa.Integer()),
        _some("status", sa.String(16)),
        _some("document", sa.Text()),
        _some("accepted", sa.Text()),
        _some("stop_after", sa.Float()),
        _some("wave", sa.Integer()),
        _some("started_by", sa.Text()),
        _some("created_at", _moment()),
        _maybe("finished_at", _moment()),
        _key("rollouts", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rollouts_status"), "rollouts", ["status"])
    op.create_table(
        "rollout_portals",
        _number("rollout_id"),
        _some("member_id", sa.String(64)),
        _some("position", sa.Integer()),
        _some("wave", sa.Integer()),
        _some("variables", sa.Text()),
        _some("mapping", sa.Text()),
        _some("status", sa.String(16)),
        _maybe("plan_id", sa.Integer()),
        _maybe("summary", sa.Text()),
        _maybe("code", sa.String(64)),
        _maybe("message", sa.Text()),
        _maybe("facts", sa.Text()),
        _maybe("owner", sa.String(32)),
        _maybe("lease_until", _moment()),
        _key("rollout_portals", "rollout_id", "member_id"),
        _goes_with("rollout_portals", "rollout_id", "rollouts.id"),
        _goes_with("rollout_portals", "member_id", "portals.member_id"),
    )
    for columns in (["member_id", "status"], ["status"], ["plan_id"]):
        name = f"ix_rollout_portals_{'_'.join(columns)}"
        op.create_index(op.f(name), "rollout_portals", columns)


def _make_health() -> None:
    op.create_table(
        "health_looks",
        _some("member_id", sa.String(64)),
        _some("at", _moment()),
        _key("health_looks", "member_id"),
        _goes_with("health_looks", "member_id", "portals.member_id"),
    )
    op.create_table(
        "findings",
        _some("id", sa.Integer()),
        _some("member_id", sa.String(64)),
        _some("flow_id", sa.Integer()),
        _some("code", sa.String(32)),
        _some("severity", sa.String(8)),
        _some("since", _moment()),
        _maybe("muted_until", _moment()),
        _some("content", sa.Text()),
        _key("findings", "id"),
        _goes_with("findings", "member_id", "portals.member_id"),
        sqlite_autoincrement=True,
    )
    columns = ["member_id", "flow_id", "code"]
    op.create_index(op.f("ix_findings_member_id_flow_id_code"), "findings", columns, unique=True)
