"""Reports as one self-contained page: it needs no network and runs no script."""

from classifier.reports.html.writer import MAX_CHARACTERS, HtmlWriter, prepare

__all__ = ["MAX_CHARACTERS", "HtmlWriter", "prepare"]
