"""Engines that answer the project's own queries: in memory, on disk, elsewhere."""
