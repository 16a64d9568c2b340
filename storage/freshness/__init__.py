"""How often boards and pages change, learned from what the visits so far found."""
