"""DECIDE: what happens to one Listing on its way in.

One stage per file, in the order that `crawler/settings.py` states: clean, unchanged, detect, seal, store.
May do: use crawler.items, keywords and storage, and have the crawler fetch a hit's pictures. May not do: fetch anything
itself.
"""
