"""The WSGI entry of tests that cannot wait at Bitrix24's rate: BUCKET is `burst:drain`."""

from __future__ import annotations

import os

from bx24app import create_app
from bx24app.config import Config
from bx24app.portals.rate_limit import Bucket

burst, drain = os.environ["BUCKET"].split(":")
app = create_app(
    Config.from_environment(os.environ), bucket=Bucket(burst=int(burst), drain=float(drain))
)
