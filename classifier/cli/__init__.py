"""The command `healthclaims`: parses, then calls; no logic of its own. One module a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from classifier import __version__
from classifier.cli import corpus, diff, evaluate, explain, rules, score, train, tune
from classifier.cli.exits import BAD_USE, DONE, INTERRUPTED, say, silence
from classifier.errors import HealthClaimsError

__all__ = ["build_parser", "main"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="healthclaims",
        description="Read health-marketing copy: tag what each sentence claims, and flag the efficacy claims that the "
        "text leaves unsupported.",
        epilog="healthclaims COMMAND --help tells more of a command.",
    )
    parser.add_argument("--version", action="version", version=f"healthclaims {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for module in (score, explain, rules, diff, evaluate, tune, train, corpus):
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        options = build_parser().parse_args(arguments)
        return int(options.run(options))
    except HealthClaimsError as error:
        say(str(error))
        return BAD_USE
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads our output has seen enough
        silence(sys.stdout)
        return DONE
    except OSError as error:
        say(f"{error.filename or 'standard output'}: {(error.strerror or str(error)).lower()}")
        return BAD_USE
