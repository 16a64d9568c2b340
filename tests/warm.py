"""A process that has loaded everything once and forks for each crawl: a run then costs no start-up.

``python -m tests.warm FD`` reads orders from standard input, one JSON object a line, and writes the exit code of each
to file descriptor FD. It ends when its input is closed.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

LOADED = (
    "scrapy.crawler", "scrapy.core.downloader.handlers.http11", "scrapy.core.downloader.contextfactory",
    "scrapy.downloadermiddlewares.retry", "scrapy.downloadermiddlewares.redirect", "scrapy.core.scheduler",
    "scrapy.downloadermiddlewares.httpcompression", "scrapy.extensions.throttle", "scrapy.extensions.memusage",
    "crawler.settings", "crawler.spider", "crawler.politeness", "crawler.faults", "crawler.progress",
    "pipelines.ledger", "pipelines.store", "pipelines.detect", "pipelines.clean", "pipelines.unchanged",
    "storage.database", "storage.migrating", "wangdun.worker",
)  # fmt: skip


def load() -> None:
    """Import and build what every run needs; nothing may start a thread or a reactor here."""
    for name in LOADED:
        import_module(name)
    from keywords.config import KeywordsConfig
    from keywords.detector import Detector

    detector = Detector.load(KeywordsConfig())
    detector.detect("出售猎夹，有意加微信")
    Detector.load = lambda _config, **_: detector  # type: ignore[method-assign]  # all tests use the lexicon as it is


def run(order: dict[str, Any]) -> int:
    """In the child: one worker, as if it had just been started."""
    for path, descriptor in ((order["out"], 1), (order["err"], 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.chdir(order["cwd"])
    from wangdun.worker import main

    try:
        exec(order["before"], {})
        return main(order["args"])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 -- the child's end is told by its exit code
        traceback.print_exc()
        return 1


def serve(answers: int) -> None:
    load()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.close(answers)
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    serve(int(sys.argv[1]))
