"""Run the server as `benchmarks.entry` does, but index no messages, which one of the nodes does."""

from benchmarks import entry
from me_api.chat.search.indexer import Indexer


def run() -> None:
    """Run the server until it is stopped."""
    Indexer.start = lambda self: None  # type: ignore[method-assign]
    entry.run()


if __name__ == "__main__":
    run()
