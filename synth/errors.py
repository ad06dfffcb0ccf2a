"""What can go wrong, and what each kind means for the caller.

SynthError              cannot go on; becomes one line on stderr and exit 2, in ``cli.main`` alone
├── UsageError          what was asked for makes no sense (an empty question, an unknown verifier)
├── InputError          a file or folder is missing, unreadable or not what it says
│   └── UnreadablePaper one document cannot be read; in a run it becomes a Skipped record
├── OutputError         the output folder cannot be written, or the disk is full
├── StoreError          the store is locked, corrupt or newer than this version
├── SourceError         a service did not answer, or answered nonsense
├── ModelError          a shipped or named model is missing or has the wrong hash
├── SandboxError        the seal cannot be had, or failed its own hostile probe
├── AttestationError    an attempt's files or signature do not hold, or a key is unusable
└── ExtraMissing        an optional dependency is not installed

Each carries one line: what happened, to which file and page, and what to do.
One bad paper is not an error but a ``records.Skipped``.
"""


class SynthError(Exception):
    """Base of all errors that a user can cause; ``str()`` is the one line that is shown."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message = " ".join(message.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.message} - {self.remedy}" if self.remedy else self.message)


class UsageError(SynthError):
    """What was asked for makes no sense."""


class InputError(SynthError):
    """A file or folder is missing, unreadable or not what it says."""


class UnreadablePaper(InputError):
    """One document cannot be read."""


class OutputError(SynthError):
    """The output cannot be written."""


class StoreError(SynthError):
    """The store is locked, corrupt or newer than this version."""


class SourceError(SynthError):
    """A service did not answer, or answered nonsense."""


class ModelError(SynthError):
    """A model is missing or has the wrong hash."""


class SandboxError(SynthError):
    """The seal cannot be had, or failed its own hostile probe."""


class AttestationError(SynthError):
    """An attempt's files or signature do not hold, or a key is unusable."""


class ExtraMissing(SynthError):
    """An optional dependency is not installed."""
