# SPDX-License-Identifier: MIT
"""The log follower: what the watched contracts said, kept in the database, for every consumer."""

from linkpool.follower.events import LogEvent
from linkpool.follower.follower import Follower, Head
from linkpool.follower.limits import FollowerLimits

__all__ = ["Follower", "FollowerLimits", "Head", "LogEvent"]
