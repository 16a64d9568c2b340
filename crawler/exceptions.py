"""Every exception the crawler raises on purpose."""


class RecipeError(ValueError):
    """A recipe or a site's selectors cannot be used; raised while configuration is loaded, never during a run."""
