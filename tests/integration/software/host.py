"""Serves a WSGI application on a free port of 127.0.0.1: ``host.py <module> <port file>``.

Runs in the environment of the software it serves, so it imports nothing of ours. Ends when its standard input closes,
so that it does not outlive a killed test run.
"""

import os
import sys
import threading
from importlib import import_module
from pathlib import Path

from waitress import create_server


def leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # a thread cannot end the process in another way


def main(module: str, port_file: Path) -> None:
    application = import_module(module).application
    server = create_server(application, host="127.0.0.1", port=0, threads=4)  # 4: waitress's own default
    part = port_file.with_suffix(".part")
    part.write_text(str(server.effective_port), encoding="ascii")
    part.rename(port_file)  # a reader never sees half a number
    threading.Thread(target=leave_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
