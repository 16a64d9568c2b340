"""DECIDE: what happens to one Listing on its way in.

One stage per file, in the order that `crawler/settings.py` states: clean, unchanged, detect, store.
May do: use crawler.items, keywords and storage. May not do: fetch anything.
"""
