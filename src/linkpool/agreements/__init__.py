# SPDX-License-Identifier: MIT
"""Bidding for the network's agreements: what is posted, whether to bid, starting and settling."""
