"""KEEP what leaves the house: referrals and their steps, what departments answered, campaigns and their figures."""
