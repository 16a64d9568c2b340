"""A process that stores batches until it is killed: ``python -m tests.storage.writer URL SITE [BATCHES]``.

It prints a batch's number when the batch is acknowledged.
"""

from __future__ import annotations

import os
import sys
from itertools import count

from storage import listings, runs, sites
from storage.database import Database
from tests.storage.making import NOW, full

BATCH = 20


def keys(batch: int) -> list[str]:
    return [f"{batch}-{number}" for number in range(BATCH)]


def main(url: str, site: str, batches: str = "") -> None:
    db = Database.open(url)
    site_id = sites.register(db, site, "discuz", [], NOW)
    run_id = runs.start(
        db, site_id, now=NOW, pid=os.getpid(), lexicon_version="lex-1", config_hash="c", trigger="manual"
    )
    for batch in range(int(batches)) if batches else count():
        # two writers name the same contacts: they meet in that table
        listings.write(db, site_id, run_id, [full(key, body=f"出售猫头鹰 {key}") for key in keys(batch)])
        os.write(1, f"{batch}\n".encode())
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
