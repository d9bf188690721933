# SPDX-License-Identifier: MIT
"""Is a deployment what was released, and is everybody's LINK there? For anybody, read-only.

    async with await Connection.open(url) as connection:
        expected = Expected.of(connection.chain_id, manifest, path)
        report = await audit({connection.host: connection}, Order(expected=expected))
    report.verdict, report.findings

- `source`     many reads of one block in few messages, all at its hash
- `reading`    the whole deployment into `facts`, with `history`, `stores`, `networks`
- `expected`   what it has to be: manifest or profile; `release`: the code of this release
- `checks`     facts and expectations into `findings`; pure
- `comparing`  where two endpoints say different things; pure
- `running`    one audit
"""

from linkpool.audit.expected import Expected
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.judging import Report, judge
from linkpool.audit.running import Order, audit

__all__ = ["Expected", "Finding", "Order", "Report", "Verdict", "audit", "judge"]
