"""The errors that healthclaims raises.

    HealthClaimsError
    ├── ConfigurationError      bad use: an option, a setting, a rule pack or a corpus that cannot be meant
    ├── UnreadableError         a document that cannot be read; the others go on
    └── ModelError              a model folder that is missing, damaged, tampered with or of another version

Every message says what was wrong, where, and what to do about it.
"""

from __future__ import annotations

__all__ = ["ConfigurationError", "HealthClaimsError", "ModelError", "UnreadableError"]


class HealthClaimsError(Exception):
    """Root of all errors that healthclaims raises on purpose."""


class ConfigurationError(HealthClaimsError):
    """An option, a setting, a rule pack or a corpus that cannot be meant."""


class UnreadableError(HealthClaimsError):
    """A document that cannot be read: `source` says which, `reason` why and what to do."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class ModelError(HealthClaimsError):
    """A model folder that is missing, damaged, tampered with or of another version."""
