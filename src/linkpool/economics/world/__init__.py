# SPDX-License-Identifier: MIT
"""The whole network day by day: the contracts' ledger for all nodes at once, and who acts on it.

Needs numpy (the extra `simulation`); nothing outside imports it at start.
"""
