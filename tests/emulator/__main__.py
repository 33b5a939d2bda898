"""Runs the emulated Bitrix24: `python -m tests.emulator --port 8900 --app http://127.0.0.1:8000`."""

import argparse
import threading

from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8900, help="of portal A; +1 and +2 are used too"
    )
    parser.add_argument("--app", default="http://127.0.0.1:8000", help="address of the application")
    given = parser.parse_args()
    world = World.default(app_url=given.app)
    with serve(world, create_emulator(world), (given.port, given.port + 1, given.port + 2)):
        first, second = (world.origin(portal) for portal in world.portals.values())
        print(f"Portal A (English): {first}/", flush=True)
        print(f"Portal B (Russian): {second}/", flush=True)
        print(f"Authorization server: {world.auth_origin}/   Control door: {first}/_control")
        print(f"Open {first}/ and install the application ({given.app}) from its menu.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
