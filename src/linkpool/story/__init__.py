# SPDX-License-Identifier: MIT
"""The first run: a whole pool on a local chain, its people and its nodes, judged as it goes.

Three parts that know nothing of each other meet in `stage`: the plot (what happens next), the
chain with its nodes (what does happen) and the books (what everybody should have, from events).
"""
