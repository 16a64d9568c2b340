"""RENDER: pages whose lists and texts are drawn by script, through a headless Chromium within a crawl.

May start one guarded browser per run and use the network through a tunnel of its own; must not know of databases or
leads. Loaded only by runs of sites that ask for it (`crawler.rendering.rules` excepted, which is configuration).
"""
