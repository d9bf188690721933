# SPDX-License-Identifier: MIT
"""The operator API: what a node does, and what its operator may tell it to do.

The routes are those of Chainlink's node as far as its direct-request clients use them: JSON:API
envelopes, session cookie and API keys, four roles.
"""

from linkpool.api.operator.app import operator_app
from linkpool.api.operator.model import Host, Operator
from linkpool.api.operator.server import serve

__all__ = ["Host", "Operator", "operator_app", "serve"]
