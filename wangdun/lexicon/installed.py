"""What of the lexicon is installed here: local files, packs of other offices, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keywords.config import KeywordsConfig
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Header, Pack

if TYPE_CHECKING:
    from storage.config import StorageConfig
    from wangdun.cli import Invocation
    from wangdun.config import Config


@dataclass(frozen=True, slots=True)
class Installed:
    """The lexicon in force on this machine."""

    keywords: KeywordsConfig
    """`overlay` holds the installed packs, too."""
    config: Config | None = None
    """None in a folder without config.yaml: the packaged lexicon alone."""

    @property
    def storage(self) -> StorageConfig | None:
        """Where the database is."""
        return self.config.storage if self.config else None

    @property
    def packs(self) -> Path | None:
        """The folder of packs that were imported."""
        return self.config.storage.data_dir / "lexicon" if self.config else None

    @property
    def cache(self) -> Path | None:
        """See `Detector.load`."""
        return self.config.storage.data_dir / "cache" if self.config else None

    def local_files(self) -> list[Path]:
        """Files that config.yaml names, without the imported packs."""
        return [path for path in self.keywords.overlay if path.parent != self.packs]


def installed(invocation: Invocation) -> Installed:
    """Read the configuration; a bare folder has the packaged lexicon.

    Raises:
        ConfigError: config.yaml is not valid, or the one that was asked for is missing.
    """
    if invocation.config_path == Path("config.yaml") and not invocation.config_path.exists():
        return Installed(KeywordsConfig())
    config = invocation.load()
    return Installed(config.keywords, config)


def header_of(path: Path) -> Header | None:
    """Return who made a pack; None for a file without a header. Raises LexiconError."""
    return read_pack(path, Pack).pack
