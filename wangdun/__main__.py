"""``python -m wangdun``: the same as the command ``wangdun``."""

from wangdun.cli import main

if __name__ == "__main__":
    main()
