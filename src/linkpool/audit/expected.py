# SPDX-License-Identifier: MIT
"""What a deployment has to be: as its manifest says, else as the network's profile has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress

from linkpool.deployment.manifest import Manifest
from linkpool.deployment.profiles import PROFILES, Profile, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`manifest` None: nobody said which deployment this should be."""

    manifest: Manifest | None
    path: Path | None
    profile: Profile | None

    @classmethod
    def of(cls, chain_id: int, manifest: Manifest | None, path: Path | None) -> Expected:
        """With the profile of the chain, where there is one."""
        profile = next((one for one in PROFILES.values() if one.chain_id == chain_id), None)
        return cls(manifest=manifest, path=path, profile=profile)

    @property
    def terms(self) -> Terms | None:
        return None if self.manifest is None else self.manifest.terms

    @property
    def link(self) -> ChecksumAddress | None:
        """LINK of the network, or the deployment's own; None where nobody says."""
        if self.profile is not None and self.profile.link is not None:
            return self.profile.link
        return self.place("LinkToken")

    @property
    def pins_link(self) -> bool:
        """Whether LINK of the network is known by its address: nobody has to look who made it."""
        return self.profile is not None and self.profile.link is not None

    @property
    def least_delay(self) -> int:
        """Seconds; production's on a chain that nobody knows."""
        return (self.profile or PROFILES["mainnet"]).shortest_delay

    def place(self, name: str) -> ChecksumAddress | None:
        """Where the manifest has this contract."""
        if self.manifest is None or name not in self.manifest.contracts:
            return None
        return self.manifest.contracts[name].address
