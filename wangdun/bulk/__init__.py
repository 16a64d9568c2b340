"""Much text at once: files cut into shards, one job a shard, results that a kill leaves whole."""
