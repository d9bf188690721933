# SPDX-License-Identifier: MIT
"""HTTP interfaces: the operator's, of a running node."""
