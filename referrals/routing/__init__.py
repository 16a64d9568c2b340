"""Routing: whose duty a lead is. Rules are data that each county may replace; the answer is pure and explains itself."""
