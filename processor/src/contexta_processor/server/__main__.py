"""`python -m contexta_processor.server`: serve without the command line around it, for tests and benchmarks."""

import argparse
import sys
from pathlib import Path

from contexta_processor.base.data_dir import DataDir
from contexta_processor.base.errors import ContextaError
from contexta_processor.server.options import ServeOptions
from contexta_processor.server.serve import serve


def main() -> int:
    """Serve; print an error in three lines."""
    parser = argparse.ArgumentParser(prog="python -m contexta_processor.server")
    parser.add_argument("--data", required=True)
    for option in ("grpc", "http", "web"):
        parser.add_argument(f"--{option}", default="127.0.0.1:0")
    for option in ("max-request-bytes", "max-lag-bytes", "max-quarantine-bytes", "segment-bytes"):
        parser.add_argument(f"--{option}", type=int, default=argparse.SUPPRESS)
    for option in ("drain-seconds", "keep-unclaimed-s"):
        parser.add_argument(f"--{option}", type=float, default=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    try:
        return serve(ServeOptions(DataDir(Path(given.pop("data"))), **given))
    except ContextaError as error:
        print(f"error: {error.what}\ncause: {error.cause}\nhint:  {error.hint}", file=sys.stderr)
        return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
