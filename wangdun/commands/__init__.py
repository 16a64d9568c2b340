"""One file per command of ``wangdun``, each with a Click command called `command`."""
