# SPDX-License-Identifier: MIT
"""Upgrade drills: a pool of 50 nodes and 2,000 stakers on a private anvil, whose contracts are
replaced, rolled back and attacked through the real Timelock with mainnet's delay.

    with Chain.start() as chain:
        pool = Pool.build(chain)
        with chain.undone():
            steps = replace(pool, "Node", pool.deploy("Node"))

`python -m bench.drills` prints the gas of every step and writes it into docs/explain/upgrades.md.
"""
