"""Every exception the crawler raises on purpose."""


class RecipeError(ValueError):
    """A recipe or a site's selectors cannot be used; raised while configuration is loaded, never during a run."""


class FrontierError(Exception):
    """The frontier that several processes share cannot be used; the message is Chinese, for people."""


class FrontierAway(FrontierError):  # noqa: N818 -- what happened
    """Redis does not answer; it may again."""


class FrontierLost(FrontierError):  # noqa: N818 -- what happened
    """What lies in Redis is not the frontier that this process works on."""


class FrontierRefused(FrontierError):  # noqa: N818 -- what happened
    """Redis does not let us in, or its address is none."""
