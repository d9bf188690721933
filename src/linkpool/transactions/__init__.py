# SPDX-License-Identifier: MIT
"""One transaction manager: intents, attempts, fees, resend, finality."""
