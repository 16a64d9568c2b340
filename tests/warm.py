"""A process that has loaded everything once and forks for each run of the program: a run then costs no start-up.

``python -m tests.warm FD`` reads orders from standard input, one JSON object a line, and writes the exit code of each
to file descriptor FD. It ends when its input is closed. `tests.warmed` gives the orders.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_OF = ("crawler", "pipelines", "storage", "referrals", "wangdun")
PROGRAMS_THEMSELVES = ("__main__", "env", "versions")  # they are run, not imported
LOADED = (
    "scrapy.crawler", "scrapy.core.downloader.handlers.http11", "scrapy.core.downloader.contextfactory",
    "scrapy.downloadermiddlewares.retry", "scrapy.downloadermiddlewares.redirect", "scrapy.core.scheduler",
    "scrapy.downloadermiddlewares.httpcompression", "scrapy.extensions.throttle", "scrapy.extensions.memusage",
    "rich.table", "sqlalchemy.dialects.sqlite.pysqlite", "xlsxwriter",
)  # fmt: skip


def load() -> None:
    """Import and build what every run needs; nothing may start a thread or a reactor here."""
    for name in (*LOADED, *_modules()):
        import_module(name)
    assert "twisted.internet.reactor" not in sys.modules, "each run chooses its own"
    from keywords.config import KeywordsConfig
    from keywords.detector import Detector

    fresh = Detector.load
    ready = cache(lambda: fresh(KeywordsConfig()))
    ready().detect("出售猎夹，有意加微信")

    def loaded(config: KeywordsConfig | None = None, **more: Any) -> Detector:
        return ready() if config is None or config == KeywordsConfig() else fresh(config, **more)

    Detector.load = loaded  # type: ignore[method-assign]  # whoever has settings of his own gets a detector of his own


def _modules() -> Iterator[str]:
    """The whole product, for commands import what they need late."""
    for package in map(import_module, ALL_OF):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            if not set(found.name.split(".")) & set(PROGRAMS_THEMSELVES):
                yield found.name


def run(order: dict[str, Any]) -> int:
    """In the child: one run, as if it had just been started."""
    for path, descriptor, how in (
        (order["in"], 0, os.O_RDONLY),
        (order["out"], 1, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (order["err"], 2, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(path, how), descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- the old one has read ahead
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    try:
        exec(order["before"], {})
        return PROGRAMS[order["program"]](order["args"])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 -- the child's end is told by its exit code
        traceback.print_exc()
        return 1


def _work(args: list[str]) -> int:
    from wangdun.worker import main

    return main(args)


def _command(args: list[str]) -> int:
    from wangdun.cli import run

    return run(args)


PROGRAMS = {"wangdun.worker": _work, "wangdun": _command}


def serve(answers: int) -> None:
    load()
    gc.collect()
    gc.freeze()  # a child whose collector looks at all that was loaded copies all those pages
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
