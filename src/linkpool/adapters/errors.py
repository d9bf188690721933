# SPDX-License-Identifier: MIT
"""
LinkPoolError
└── AdapterError    a request to an adapter cannot be answered: the text is sent to the node
"""

from __future__ import annotations

from linkpool.errors import LinkPoolError


class AdapterError(LinkPoolError):
    """`status`: 400 the request is wrong, 401 its token, 502 the source, 504 it was too slow.
    `provider_status`: what the source's own status was.
    """

    def __init__(self, text: str, status: int = 502, provider_status: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.provider_status = provider_status


def wrong(text: str) -> AdapterError:
    """The request itself is at fault."""
    return AdapterError(text, 400)
