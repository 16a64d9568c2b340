"""What can go wrong while something is made for another office, in words for the person at the screen."""

from __future__ import annotations


class ReferralError(Exception):
    """Raised by this package when what was asked for cannot be made as asked; `str()` is Chinese."""


class Unfaithful(ReferralError):  # noqa: N818 -- it is what the evidence has become
    """Raised by `referrals.package` when a stored file is missing or is no longer what was sealed."""


class Unprintable(ReferralError):  # noqa: N818 -- it is a state of this machine
    """Raised by `referrals.papers.pdf` when this machine cannot set a document: no Chinese font."""
