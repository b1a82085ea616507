"""Split marketing copy into sentences: layout first (lines, bullets, hard wraps), then punctuation.

Headlines, bullets, table rows and labels end without a full stop, so a line break ends a sentence unless the text is
hard-wrapped there, as mail is. Inside a line each run of stops is judged once, from the characters next to it. Time
grows linearly with the text: every pattern either is anchored or cannot fail once it has begun.
"""

from __future__ import annotations

from classifier.records import Document, Sentence
from classifier.segmentation.layout import logical_lines
from classifier.segmentation.punctuation import portions, sentences_of_line

__all__ = ["segment", "split"]


def split(text: str) -> list[tuple[int, int]]:
    r"""Return the half-open character spans of the sentences of `text`, in order.

    Every character that is not white space lies in exactly one span.

    >>> text = "• Deeper sleep\n• Calm mood\nTake 2.5 mg. It works.Buy now!!! 😍"
    >>> [text[start:end] for start, end in split(text)]
    ['• Deeper sleep', '• Calm mood', 'Take 2.5 mg.', 'It works.', 'Buy now!!! 😍']
    """
    return [
        piece
        for line_start, line_end in logical_lines(text)
        for span in sentences_of_line(text, line_start, line_end)
        for piece in portions(text, span)
    ]


def segment(document: Document) -> tuple[Sentence, ...]:
    """Split a document into its sentences.

    >>> [sentence.text for sentence in segment(Document("Dr. May sleeps. So can you!"))]
    ['Dr. May sleeps.', 'So can you!']
    """
    text = document.text
    return tuple(Sentence(i, start, end, text[start:end]) for i, (start, end) in enumerate(split(text)))
