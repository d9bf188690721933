# SPDX-License-Identifier: MIT
"""The chain: JSON-RPC, transactions and contracts; the only floor that speaks to an endpoint.

    with Anvil.start(state=Path("chain.json")) as anvil:                   # anvil.py
        async with await Connection.open(anvil.url, chain_id=31337) as c:  # connection.py
            suite = await Suite.open(c, factory_address)                   # suite.py
            sender = Sender(c, development(0, chain_id=c.chain_id))        # sender.py, accounts.py
            storage = await suite.storage(node)
            receipt = await sender.send(suite.link.stake(storage.address, link("5")))
            stake = await storage.stake_of(sender.address, block=receipt.block)
            events = storage.decode_logs(receipt.logs)

Everything that waits is `async`; starting and stopping anvil is not.
- `anvil`        the local chain's process: free or given port, state file, chain id, block time;
                 `advance(seconds)`, `rpc(method, …)`; PortInUse, SetupMissing
- `connection`   one RPC endpoint: chain id checked, deadlines, one-line errors; raw reads, logs,
                 receipts (a mined revert raises TxReverted with its reason)
- `contracts`    a class per contract; reads take `block=`, writes return a `Call`
- `suite`        all bindings behind the factory's address; `node_state`, `stake_state`
- `facts`        frozen dataclasses, each with the block it was read at
- `calls`        Call, Event, Log, Receipt, Fees, Preview
- `sender`       `Sender.preview(call)`, `Sender.send(call) -> Receipt`
- `accounts`     Signer: keystore v3 file; development key on chain 31337 only
- `unsigned`     calls as unsigned transactions (JSON) or as a Safe Transaction Builder batch
- `artefacts`    ABI and bytecode: ours from `make compile`, LinkToken and Multicall3 from npm
"""
