"""What can go wrong while something is made for another office, in words for the person at the screen."""

from __future__ import annotations


class ReferralError(Exception):
    """Raised by this package when what was asked for cannot be made as asked; `str()` is Chinese."""


class Unfaithful(ReferralError):  # noqa: N818 -- it is what the evidence has become
    """Raised by `referrals.package` when a stored file is missing or is no longer what was sealed."""


class Unprintable(ReferralError):  # noqa: N818 -- it is a state of this machine
    """Raised by `referrals.papers.pdf` when this machine cannot set a document: no Chinese font."""


class RulesError(ReferralError):
    """Raised by `referrals.routing.rules` when the table of duties is not valid; one line ``file:line  …`` a mistake."""


class LetterError(ReferralError):
    """Raised by `referrals.letters` when a letter cannot be written from this case; says what is missing."""


class TemplateError(ReferralError):
    """Raised by `referrals.letters` when an office's own .docx cannot be filled; names the field and the place."""


class ReceiptError(ReferralError):
    """Raised by `referrals.receipts` when a returned workbook cannot be read; names the sheet and the cell."""
