"""FIND: what is suspicious in a text.

May do: load the lexicon; take a text, return hits with exact spans and a scored, explained verdict.
May not do: any other input or output. It never imports scrapy, sqlalchemy or a web framework.
"""
