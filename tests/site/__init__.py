"""A local site for tests: one path per failure, and a small board that a test controls.

``python -m tests.site`` prints its port and serves 127.0.0.1 until its standard input is closed; tests use
`tests.site.fixture.serve`.
"""
