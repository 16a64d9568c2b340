"""What stands in the way of a referral or a campaign, in words for the person at the screen."""

from __future__ import annotations

from storage.exceptions import StorageError


class ReferringError(StorageError):
    """What was asked for is not allowed or makes no sense; `str()` is a plain Chinese sentence.

    Raised by `storage.referral` before anything is written.
    """


class Stale(ReferringError):  # noqa: N818 -- nobody did anything wrong
    """Somebody else changed it since the person looked. Raised by functions that are given `seen`."""


class Absent(ReferringError):  # noqa: N818 -- it is a state of the world
    """There is no such referral, campaign, unit or lead. Raised by every function that is given an id or a name."""


class AlreadyReferred(ReferringError):  # noqa: N818 -- it is a state of the world
    """A lead was sent to this department before, or is being drafted for it; says which referral.

    Raised by `drafts`; the person may go on with a written reason.
    """
