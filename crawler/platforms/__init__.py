"""Recipes: one YAML file per forum or shop software, found by its file name.

A recipe only states where things are on a page. It never fetches, and it needs no Python.
"""
