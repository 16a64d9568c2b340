"""A site whose pages do to a browser what hostile and broken pages do. Serves in threads of the test's process."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="200" height="100" fill="red"/></svg>'
TALL = "".join(f"<p style='height:300px'>第{number}段 象牙制品</p>" for number in range(20))
LAZY = "<img src=/lazy.svg loading=lazy width=200 height=100>"

PAGES = {
    "/plain": f"<title>山货\t行情</title><h1>出售猫头鹰</h1><p hidden>看不见</p>{TALL}{LAZY}",
    "/heap": "<h1>满</h1><script>let a=[];while(true)a.push(Array.from({length:1e5},Math.random))</script>",
    "/memory": "<h1>大</h1><script>let a=[];setInterval(()=>a.push(new Uint8Array(2e8).fill(7)),1)</script>",
    "/spin": "<h1>转</h1><script>while(true);</script>",
    "/alert": "<h1>弹</h1><script>while(true)alert('在吗')</script>",
    "/endless": "<h1>长</h1><script>const more=()=>{for(let i=0;i<20;i++)document.body.insertAdjacentHTML("
    "'beforeend','<p style=\"height:200px\">又一条</p>')};more();onscroll=more;setInterval(more,50)</script>",
    "/never": "<h1>等</h1><img src=/hang>",
    "/popup": "<h1>窗</h1><script>for(let i=0;i<5;i++)window.open('/popped?'+i)</script>",
    "/popped": "<h1>弹出</h1>",
    "/404": "<h1>主题不存在</h1>",
    "/spoofed": "<title>真标题</title><p>真正文</p><script>Object.defineProperty(Document.prototype,'title',"
    "{get:()=>'假标题'});Object.defineProperty(HTMLElement.prototype,'innerText',{get:()=>'假正文'})</script>",
    "/away-by-script": "<h1>走</h1><script>location.href='http://elsewhere.example/page'</script>",
    "/file-by-script": "<h1>盘</h1><iframe src=file:///etc/passwd></iframe><script>location.href='file:///etc/passwd'</script>",
    "/worker": "<h1>驻</h1><script>navigator.serviceWorker.register('/sw.js').then(()=>document.title='驻留',"
    "()=>document.title='未驻留')</script>",
    "/who": "<title>x</title><script>document.title=[navigator.language,Intl.DateTimeFormat().resolvedOptions().timeZone,"
    "document.cookie,localStorage.length,Notification.permission].join('|');document.cookie='a=1';localStorage.a=1</script>",
    "/reloading": "<h1>刷</h1><script>location.href='/reloading?'+Math.random()</script>",
}


@dataclass
class Hostile:
    """A running site."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=lambda: dict(PAGES))
    ended: threading.Event = field(default_factory=threading.Event)


def _handler(site: Hostile) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            site.paths.append(self.path)
            site.agents.add(self.headers["User-Agent"])
            self.answer(self.path.partition("?")[0])

        def answer(self, path: str) -> None:
            if path in {"/hang", "/silent"}:
                site.ended.wait(240)
                self.close_connection = True
            elif path == "/loop":
                self.send("", 302, Location="/loop")
            elif path == "/away":
                self.send("", 302, Location="http://elsewhere.example/page")
            elif path == "/download":
                self.send(
                    "MZ", kind="application/octet-stream", **{"Content-Disposition": "attachment; filename=a.exe"}
                )
            elif path.endswith(".svg"):
                self.send(PICTURE.decode(), kind="image/svg+xml")
            elif path == "/big.bin":
                self.send("x" * (8 << 20), kind="image/png")
            elif path == "/to-inner":
                self.send("", 302, Location=site.pages["inner"])
            else:
                self.send(site.pages.get(path, ""), 200 if path in site.pages and path != "/404" else 404)

        def send(self, text: str, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Browsers that hang up are what this site is for."""


@contextmanager
def serve() -> Iterator[Hostile]:
    """The site on a free port of 127.0.0.1."""
    site = Hostile()
    server = Server(("127.0.0.1", 0), _handler(site))
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield site
    finally:
        site.ended.set()
        server.shutdown()
        thread.join()
        time.sleep(0.05)  # the threads of the hanging requests end now
        server.server_close()
