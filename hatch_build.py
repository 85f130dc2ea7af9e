"""Put ontology, shapes, queries and the built release into the wheel.

Hatchling's static ``force-include`` fails for an editable install when the release has not been built
yet, so the files are added here, for a standard wheel only.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHARED = ("ontology", "shapes", "queries")


class ShareHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the shared files under ``gfmd_kg/share/`` of the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        pointer = root / "release" / "current"
        if not pointer.is_file():
            raise FileNotFoundError(
                "release/current is missing: run 'gfmd-kg build' before building the wheel"
            )
        include = {str(root / name): f"gfmd_kg/share/{name}" for name in SHARED}
        name = pointer.read_text(encoding="utf-8").strip()
        include[str(pointer)] = "gfmd_kg/share/release/current"
        include[str(root / "release" / name)] = f"gfmd_kg/share/release/{name}"
        build_data["force_include"].update(include)
