"""Builds every service of one running application once, from its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bx24app.api_keys import ApiKeys
from bx24app.bitrix24.bulkhead import PortalBulkhead
from bx24app.bitrix24.http import HttpClient, Transport
from bx24app.bitrix24.manifest import Manifest
from bx24app.bitrix24.oauth import AuthorizationServer
from bx24app.blueprints.applying import Applier
from bx24app.blueprints.kept import KeptBlueprints
from bx24app.blueprints.plan_queue import PlanQueue
from bx24app.blueprints.plan_store import PlanStore
from bx24app.blueprints.service import Blueprints
from bx24app.config import Config
from bx24app.flows.flow_lists import FlowLists
from bx24app.flows.seen_teams import SeenTeams
from bx24app.flows.service import FlowService
from bx24app.flows.switched import SwitchedFlows
from bx24app.health.service import Health
from bx24app.idempotency import StoredResponses
from bx24app.metrics import Metrics
from bx24app.portals.access import PortalAccess
from bx24app.portals.installation import Installation
from bx24app.portals.journal import Journal
from bx24app.portals.questions import Questions
from bx24app.portals.rate_limit import Bucket, RateLimits
from bx24app.portals.reauthorization import Reauthorization
from bx24app.portals.registry import PortalRegistry
from bx24app.portals.strangers import Strangers
from bx24app.portals.token_store import TokenStore
from bx24app.portals.verification import Verification
from bx24app.rollouts.service import Rollouts
from bx24app.runner import Runner
from bx24app.store.database import Database
from bx24app.store.encryption import Encryption
from bx24app.store.readiness import Readiness


@dataclass(frozen=True)
class Timing:
    """How long the application waits where Bitrix24 keeps it waiting, in seconds."""

    program_patience: float = 90.0
    """A program waits at most so long for a busy portal."""
    person_patience: float = 15.0
    """A person waits at most so long for a busy portal."""
    retry_pause: float = 0.4
    """Before a call that may be repeated is repeated, four times as long the next time."""
    look_pauses: tuple[float, ...] = (0.0, 0.5, 2.0)
    """Before each look for a flow whose creation got no answer."""
    early_requests: int = 16
    """So many portals are asked at once while a launch is still being verified; 0 for none."""
    work_lease: float = 30.0
    """After so long without a sign of life a process goes on with the work of another one."""


@dataclass(frozen=True)
class Container:
    """The services that views and the command line use; the database is for the latter only."""

    config: Config
    manifest: Manifest
    database: Database
    tokens: TokenStore
    portals: PortalRegistry
    access: PortalAccess
    installation: Installation
    verification: Verification
    reauthorization: Reauthorization
    flows: FlowService
    flow_lists: FlowLists
    switched_flows: SwitchedFlows
    blueprints: Blueprints
    kept_blueprints: KeptBlueprints
    rollouts: Rollouts
    health: Health
    runner: Runner
    portal_bulkhead: PortalBulkhead
    strangers: Strangers
    api_keys: ApiKeys
    stored_responses: StoredResponses
    journal: Journal
    rate_limits: RateLimits
    metrics: Metrics
    readiness: Readiness

    @classmethod
    def build(
        cls,
        config: Config,
        *,
        transport: Transport | None = None,
        bucket: Bucket | None = None,
        timing: Timing | None = None,
    ) -> Container:
        """Build all services.

        `transport` replaces the network, `bucket` the rate that Bitrix24's plans allow, `timing`
        how long anybody waits.
        """
        timing, manifest = timing or Timing(), Manifest.load()
        # Opens no connection yet, so that workers may be forked after this.
        database = Database(config.database_url)
        encryption = Encryption(config.encryption_keys)
        http, rate_limits = HttpClient(transport), RateLimits(database, bucket)
        oauth = AuthorizationServer(
            config.client_id,
            config.client_secret,
            config.auth_servers,
            http,
            allow_http=config.allow_http,
        )
        # In the order of their needs: each service gets what it uses, and none looks it up.
        tokens, journal = TokenStore(database, encryption, oauth), Journal(database)
        portals = PortalRegistry(
            database=database,
            encryption=encryption,
            token_rows=tokens.rows,
            rate_limits=rate_limits,
            journal=journal,
        )
        flows = FlowService(database, timing.look_pauses)
        verification = Verification(
            registry=portals, tokens=tokens, oauth=oauth, questions=Questions(database)
        )
        access = PortalAccess(
            registry=portals,
            oauth=oauth,
            tokens=tokens,
            http=http,
            rate_limits=rate_limits,
            journal=journal,
            verification=verification,
            program_patience=timing.program_patience,
            person_patience=timing.person_patience,
            retry_pause=timing.retry_pause,
        )
        lease = timedelta(seconds=timing.work_lease)
        plans = PlanStore(database, lease)
        applier = Applier(
            database=database, store=plans, flows=flows, portals=portals, access=access
        )
        runner = Runner(lease)
        runner.serve(PlanQueue(plans, applier))
        blueprints = Blueprints(database=database, flows=flows, store=plans, runner=runner)
        return cls(
            config=config,
            manifest=manifest,
            database=database,
            tokens=tokens,
            portals=portals,
            access=access,
            installation=Installation(
                registry=portals,
                access=access,
                oauth=oauth,
                verification=verification,
                database=database,
                manifest=manifest,
                public_url=config.public_url,
                early_requests=timing.early_requests,
            ),
            verification=verification,
            reauthorization=Reauthorization(
                registry=portals, access=access, oauth=oauth, database=database
            ),
            flows=flows,
            flow_lists=FlowLists(database),
            switched_flows=SwitchedFlows(SeenTeams(database), flows),
            blueprints=blueprints,
            kept_blueprints=KeptBlueprints(database),
            rollouts=Rollouts(
                database=database,
                portals=portals,
                access=access,
                blueprints=blueprints,
                plans=plans,
                runner=runner,
            ),
            health=Health(database=database, blueprints=blueprints),
            runner=runner,
            # These two count within one process, unlike the rate limits in the database.
            portal_bulkhead=PortalBulkhead(),
            strangers=Strangers(),
            api_keys=ApiKeys(database),
            stored_responses=StoredResponses(database),
            journal=journal,
            rate_limits=rate_limits,
            metrics=Metrics(database),
            readiness=Readiness(database),
        )

    def problem(self) -> str:
        """What keeps the application from working, in a few words; empty if nothing does."""
        return self.readiness.problem()
