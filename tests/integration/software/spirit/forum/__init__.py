"""The smallest project that runs django-spirit; its modules run in the forum's own environment, not in ours."""
