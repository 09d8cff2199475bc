"""One offline page of a scene, from plain data: its assembler, its script and its styles."""
