"""Until when: working days with a holiday table, and the legal timers that follow each step of a referral."""
