"""KERNEL: the first look at texts in C, where a compiler was at hand; without it the same is done in Python."""
