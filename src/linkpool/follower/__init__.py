# SPDX-License-Identifier: MIT
"""One follower of the chain: blocks, logs, reorganisations, cursors."""
