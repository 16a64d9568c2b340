"""Exceptions of the pipelines."""


class LedgerClosed(RuntimeError):  # noqa: N818 -- it names a state
    """The ledger could not write and has stopped the run; raised by `pipelines.ledger.Ledger` afterwards."""
