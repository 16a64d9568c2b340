"""Every exception the crawler raises on purpose."""


class RecipeError(ValueError):
    """A recipe or a site's selectors cannot be used; raised while configuration is loaded, never during a run."""


class WallFound(Exception):  # noqa: N818 -- it is an observation about a page, not a mistake
    """A page shows a log-in wall, a captcha or a "no such thread" notice instead of its content.

    Raised by `crawler.reading.walls.diagnose`'s callers at the boundary of one page.
    """
