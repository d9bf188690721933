# SPDX-License-Identifier: MIT
"""One file for each version of the state database: how it is made from the one before."""
