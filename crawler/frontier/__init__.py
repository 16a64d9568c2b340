"""Frontier: one site read by several processes together, through Redis.

What is to be read lies in Redis; who takes a page holds a lease on it and gives it up only when all that the page
brought is stored. A killed process loses nothing: its leases end, and others take the pages.
"""
