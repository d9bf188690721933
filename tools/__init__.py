# SPDX-License-Identifier: MIT
"""What builds and checks this repository. Nothing here is part of the product."""
