"""Which decisions need a second person, as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.review.second import Policy

if TYPE_CHECKING:
    from console.config import SecondConfig

EVERY_VERDICT = frozenset({"alert", "review", "mention", "none"})


def policy_for(config: SecondConfig, score: float) -> Policy:
    """What holds for a lead of this score; of several leads, for the gravest."""
    grave = config.confirm == "always" or (config.confirm == "serious" and score >= config.serious_score)
    return Policy(verdicts=EVERY_VERDICT if grave else frozenset(), referrals=config.referral)
