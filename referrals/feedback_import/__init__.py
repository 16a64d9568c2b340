"""Feedback as departments send it back: the xlsx form that we hand out, and its reader that trusts nothing in it."""
