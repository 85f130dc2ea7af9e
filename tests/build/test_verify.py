"""The digest scheme, and what the check against the original texts reports."""

from __future__ import annotations

from gfmd_kg.build.verify import digest, folded


def test_the_digest_scheme():
    lines = ["  Annexe\t4 ", "", "\u00a0Appendice 2\u2003"]
    assert folded(lines) == "Annexe 4 Appendice 2"
    assert digest(["Annexe 4", "Appendice 2"]) == digest(lines)
    # sha256 of "a b", from coreutils: printf 'a b' | sha256sum
    assert digest(["a", "b"]) == "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"
