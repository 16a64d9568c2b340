"""The smallest project that runs django-oscar; its modules run in the shop's own environment, not in ours."""
