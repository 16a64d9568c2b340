"""Readers of single facts on a page: text, price, date, contacts, pictures. Pure: no network, no clock."""
