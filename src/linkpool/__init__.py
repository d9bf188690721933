# SPDX-License-Identifier: MIT
"""A network of Chainlink nodes: anyone stakes LINK, every share is settled on chain."""

__version__ = "0.1.0"
__all__ = ["__version__"]
