"""JUDGE: reviewers in a browser.

May do: show leads and what explains them, take decisions, log people in.
May not: fetch pages from the network, load the crawler's engine.
"""
