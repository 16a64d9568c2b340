"""SHOOT: what a person would see at an address: picture, web archive and text, by a headless Chromium.

May start processes and use the network; must not know of databases, leads or settings files. Each capture is a process
tree of its own (`guard` → `capture` → Chromium) that ends with the capture, whatever becomes of it.
"""

from __future__ import annotations

from crawler.browser.records import Limits, Shot
from crawler.browser.shooting import Browser

__all__ = ["Browser", "Limits", "Shot"]
