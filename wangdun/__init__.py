"""RUN: the composition root: command line, configuration, crawl runs, schedule, doctor, demo.

It knows every other package and contains almost nothing of its own.
"""

__version__ = "0.1.0"
