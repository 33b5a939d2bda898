"""The house: every room of one running application, built once from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from bx24app.bitrix24.auth import AuthServer
from bx24app.bitrix24.manifest import Manifest
from bx24app.bitrix24.wire import Transport, Wire
from bx24app.config import Config
from bx24app.connection import Connection
from bx24app.grants import Grants
from bx24app.installation import Installation
from bx24app.journal import Journal
from bx24app.keys import Keys
from bx24app.metrics import Metrics
from bx24app.pacing import Bucket, Pacing
from bx24app.places import Places
from bx24app.portals import Portals
from bx24app.provisioning import Provisioning
from bx24app.replies import Replies
from bx24app.store.database import Database
from bx24app.store.readiness import Readiness
from bx24app.store.seal import Seal


@dataclass(frozen=True)
class House:
    """The rooms that the door and the command line may enter."""

    config: Config
    manifest: Manifest
    database: Database
    grants: Grants
    portals: Portals
    installation: Installation
    connection: Connection
    provisioning: Provisioning
    places: Places
    keys: Keys
    replies: Replies
    journal: Journal
    metrics: Metrics
    readiness: Readiness

    @classmethod
    def build(
        cls,
        config: Config,
        *,
        transport: Transport | None = None,
        bucket: Bucket | None = None,
    ) -> House:
        """Build them; `transport` replaces the network, `bucket` the pace of Bitrix24's plans."""
        manifest = Manifest.load()
        database, seal, wire = (
            Database(config.database_url),
            Seal(config.seal_keys),
            Wire(transport),
        )
        auth = AuthServer(
            config.client_id,
            config.client_secret,
            config.auth_servers,
            wire,
            allow_http=config.allow_http,
        )
        grants, journal = Grants(database, seal, auth), Journal(database)
        portals = Portals(
            database=database,
            seal=seal,
            auth=auth,
            grants=grants,
            wire=wire,
            pacing=Pacing(database, bucket),
            journal=journal,
        )
        return cls(
            config=config,
            manifest=manifest,
            database=database,
            grants=grants,
            portals=portals,
            installation=Installation(
                portals=portals,
                auth=auth,
                database=database,
                manifest=manifest,
                public_url=config.public_url,
            ),
            connection=Connection(portals=portals, auth=auth, database=database),
            provisioning=Provisioning(database),
            places=Places(),
            keys=Keys(database),
            replies=Replies(database),
            journal=journal,
            metrics=Metrics(database),
            readiness=Readiness(database),
        )

    def problem(self) -> str:
        """What keeps the application from working, in a few words; empty if nothing does."""
        return self.readiness.problem()
