"""Sitemaps and feeds: pages made for programs, one request for many listings."""
