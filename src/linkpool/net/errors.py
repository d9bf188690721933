# SPDX-License-Identifier: MIT
"""
LinkPoolError
└── HttpError    a data source or adapter gave no usable answer, or must not be asked
"""

from linkpool.errors import LinkPoolError


class HttpError(LinkPoolError):
    """The source, or who chose its address, is at fault. The text shows no more of a URL than its
    host.
    """
