# SPDX-License-Identifier: MIT
"""Measurements that are printed and kept as JSON; not part of the package."""
