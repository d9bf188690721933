# SPDX-License-Identifier: MIT
"""Putting the suite on a chain, comparing it with its manifest, replacing its logic contracts.

    order = Order(part="all", profile=PROFILES["local"])
    manifest = await deploy(connection, signer, Path("deployments/local.json"), order)
    suite = await Suite.open(connection, manifest.address("PoolStorageFactory"))

Running it again does only what is left; a finished deployment costs a few reads.
"""

from linkpool.deployment.check import differences
from linkpool.deployment.manifest import Manifest
from linkpool.deployment.plan import Planned, plan
from linkpool.deployment.prepare import Order, open_manifest, remaining, unsigned
from linkpool.deployment.profiles import PROFILES, Choice, Profile, Terms
from linkpool.deployment.run import deploy

__all__ = [
    "PROFILES",
    "Choice",
    "Manifest",
    "Order",
    "Planned",
    "Profile",
    "Terms",
    "deploy",
    "differences",
    "open_manifest",
    "plan",
    "remaining",
    "unsigned",
]
