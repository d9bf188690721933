# SPDX-License-Identifier: MIT
"""The checks, one file for each question of a staker. Pure: facts and expectations in, findings
out.
"""
