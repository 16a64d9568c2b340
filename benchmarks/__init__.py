"""Benchmarks: each prints a table and writes JSON below benchmarks/results. None is a test."""
