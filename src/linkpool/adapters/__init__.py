# SPDX-License-Identifier: MIT
"""Data sources that come with the package."""
