# SPDX-License-Identifier: MIT
"""The operator API: what a node does, and what its operator may tell it to do.

The routes are those of Chainlink's node as far as its direct-request clients use them: JSON:API
envelopes, session cookie and API keys, four roles.
"""

from linkpool.api.operator.app import operator_app
from linkpool.api.operator.model import Host, Operator
from linkpool.api.operator.offline import Offline
from linkpool.api.operator.server import Place, read_place, serve

__all__ = ["Host", "Offline", "Operator", "Place", "operator_app", "read_place", "serve"]
