# SPDX-License-Identifier: MIT
"""Runs of jobs: taken from the chain's logs, executed, answered, and kept as history."""
