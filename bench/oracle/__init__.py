# SPDX-License-Identifier: MIT
"""Requests per second through a real node process: `make bench-oracle`."""
