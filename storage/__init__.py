"""KEEP: the only code that touches the database or the evidence folder.

May do: write and read rows and files. May not do: fetch, judge, or import any other package of the house.
"""
