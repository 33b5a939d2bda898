"""The WSGI entry of tests that cannot wait: BUCKET is `burst:drain` of the portals' rate.

LEASE is how many seconds a process has to be dead before its work is taken up.
"""

from __future__ import annotations

import os

from bx24app import create_app
from bx24app.config import Config
from bx24app.container import Timing
from bx24app.portals.rate_limit import Bucket

burst, drain = os.environ["BUCKET"].split(":")
app = create_app(
    Config.from_environment(os.environ),
    bucket=Bucket(burst=int(burst), drain=float(drain)),
    timing=Timing(work_lease=float(os.environ.get("LEASE", "30"))),
)
