# SPDX-License-Identifier: MIT
"""Mutation testing of the contracts: small faults are planted, the tests must notice each."""
