# SPDX-License-Identifier: MIT
"""Rules about a node's terms: pure."""
