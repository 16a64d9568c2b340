"""Many machines: jobs through Procrastinate in the installation's own PostgreSQL, taken by `wangdun worker`."""
