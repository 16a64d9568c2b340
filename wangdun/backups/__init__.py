"""Backups: one consistent copy of everything an installation needs, verified when written and when read back.

A backup consists of parts with fixed names:

- ``manifest.sha256``, ``manifest.json``: what there is, with sizes and SHA-256 (`wangdun.backups.manifest`)
- ``objects.txt``: the evidence files, a line each
- ``config.yaml``; ``files/…`` that it names and that lie below its folder; ``outside/…`` that lie elsewhere
- ``database/wangdun.sqlite`` or ``database/wangdun.dump`` (PostgreSQL)
- ``data/…``: the rest of the data folder
- ``objects/ab/cd/SHA-256``: the evidence files themselves

They lie in one tar file, or in a folder for each backup with one ``objects`` folder for all of them beside it.
"""
