# SPDX-License-Identifier: MIT
"""The state database: tables, engine, migrations, leases."""
