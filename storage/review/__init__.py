"""What people do with leads: accounts, the queue, decisions, and what can be learned from them.

Decisions and the audit are only ever added to; a lead's status is computed from its decisions and stored beside them
in the same transaction. Functions take the open database first and `now` where time matters.
"""
