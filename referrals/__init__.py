"""TELL: confirmed leads become evidence packages, records for signature and, later, letters and statistics.

May read storage. Must not load the crawler's engine, judge a text, or ask the network for anything.
"""
