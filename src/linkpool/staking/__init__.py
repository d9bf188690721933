# SPDX-License-Identifier: MIT
"""What a staker should know before signing: pure rules over facts."""
