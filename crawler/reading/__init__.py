"""Reading: one fetched page becomes rows or a listing.

Pure: bytes and a recipe in, facts out; no network, no clock.
"""
