# SPDX-License-Identifier: MIT
"""`python -m linkpool` is `linkpool`."""

from linkpool.cli import main

main()
