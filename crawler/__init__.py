"""GET: public pages become Listings.

May do: request public pages politely, read them, say what it saw.
May not do: touch the database or the evidence folder, judge what a text means, log in, break a captcha.
"""
