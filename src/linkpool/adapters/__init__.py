# SPDX-License-Identifier: MIT
"""External adapters: a small framework, three of them, and a data source to try things with."""
