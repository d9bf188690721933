# SPDX-License-Identifier: MIT
"""How JSON of data sources is read."""

from linkpool.net.document import MAX_DEPTH, load, printable

__all__ = ["MAX_DEPTH", "load", "printable"]
