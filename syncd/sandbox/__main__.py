"""The service by itself: `python -m syncd.sandbox`."""

from __future__ import annotations

import argparse
import sys

from syncd.sandbox.serve import serve
from syncd.sandbox.wishes import MISBEHAVIOUR, SEEDS, Misbehaviour, Seeds, wishes


def main() -> int:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m syncd.sandbox", description="A local image service to try on.")
    parser.add_argument("--listen", default="127.0.0.1:8788", metavar="HOST:PORT", help="port 0 takes a free one")
    parser.add_argument("--data", metavar="DIR", help="keeps models, images and key; without it nothing is kept")
    parser.add_argument("--seed", action="append", default=[], metavar="KIND=N", help=SEEDS)
    parser.add_argument("--misbehave", action="append", default=[], metavar="KIND=VALUE", help=MISBEHAVIOUR)
    options = parser.parse_args()
    try:
        seeds, faults = wishes(Seeds(), options.seed), wishes(Misbehaviour(), options.misbehave)
        serve(options.listen, options.data, seeds=seeds, faults=faults)
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
