"""Problems of Practice: from summaries of meetings of school leaders to coded, quotable, queryable evidence."""

from pipeline.version import __version__

__all__ = ["__version__"]
