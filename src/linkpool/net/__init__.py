# SPDX-License-Identifier: MIT
"""The way to other people's servers, and how what they say is read."""

from linkpool.net.client import HttpClient
from linkpool.net.counters import HttpCounters
from linkpool.net.errors import HttpError
from linkpool.net.limits import HttpLimits
from linkpool.net.message import Answer, Message, host_of

__all__ = ["Answer", "HttpClient", "HttpCounters", "HttpError", "HttpLimits", "Message", "host_of"]
