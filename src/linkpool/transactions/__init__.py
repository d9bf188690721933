# SPDX-License-Identifier: MIT
"""One transaction manager: intents, attempts, fees, resend, finality.

manager = TransactionManager(connection, database, signers, limits)
await manager.start()
await database.write(lambda c: manager.enqueue(c, Intent(key=…, account=…, …)))
await manager.run(stop, connection.heads())
await database.read(lambda c: outcome(c, key))
"""

from linkpool.transactions.counters import AccountStatus, Counters
from linkpool.transactions.intents import Intent, IntentState, Outcome, outcome, outcomes
from linkpool.transactions.limits import TransactionLimits
from linkpool.transactions.manager import TransactionManager

__all__ = [
    "AccountStatus",
    "Counters",
    "Intent",
    "IntentState",
    "Outcome",
    "TransactionLimits",
    "TransactionManager",
    "outcome",
    "outcomes",
]
