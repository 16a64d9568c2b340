"""``python -m tests.distributed.sleeper FILE``: say in FILE how it was started, then wait to be ended."""

import sys
import time
from pathlib import Path

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(f"{__name__} {sys.argv[1]}")
    time.sleep(600)
