# SPDX-License-Identifier: MIT
"""The oracle node: Chainlink direct-request jobs, run unchanged against a PoolStorage address."""
