"""A console with a config.yaml of its own, as `wangdun console` makes it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import uvicorn

from console.app import create_app
from console.config import ConsoleConfig
from tests.console.serving import Clock, Served
from wangdun.commands.console import services_of
from wangdun.config import load

CONFIG = """\
# 本县的设置，注释要留着
crawler:
  contact: "demo@example.org"   # 联系方式
  sites:
    - name: 示例论坛   # 最大的论坛
      platform: discuz
      start: https://bbs.example.org/forum.php?mod=forumdisplay&fid=2   # 版块
      every: 6h   # 白天四次
    - name: 花鸟商店
      start:
        - https://shop.example.org/list   # 列表

      # 下面是时间
      cron: "0 7 * * 1-5"
    - {name: 二手渔具, start: "https://gear.example.org/", enabled: false}
storage:
  data_dir: data
"""


@contextmanager
def monitored(db, folder, text=CONFIG):
    """Served with the services of `folder`'s config.yaml."""
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    config, clock = load(path), Clock()
    app = create_app(ConsoleConfig(port=0), db, clock=clock, **services_of(config, db))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    served = Served(db, clock, f"http://127.0.0.1:{listening.getsockname()[1]}")
    try:
        yield served
    finally:
        for client in served.opened:
            client.close()
        server.should_exit = True
        thread.join(20)
        listening.close()
        assert not thread.is_alive()
