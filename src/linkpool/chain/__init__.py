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
- `connection`   typed reads, calls, receipts and heads over a pool of endpoints; one-line errors
                 (a mined revert raises TxReverted with its reason)
- `pool`         several HTTP and WebSocket endpoints as one: `choice` says which is asked, `watch`
                 follows their heads, `endpoint` knows one's health, `transport` and `websocket`
                 carry messages; `limits` are its settings, `rpc` is what others ask of it
- `sending`      what an endpoint says to a raw transaction, in nine words
- `contracts`    a class per contract; reads take `block=`, writes return a `Call`
- `suite`        all bindings behind the factory's address; `node_state`, `stake_state`
- `facts`        frozen dataclasses, each with the block it was read at
- `calls`        Call, Event, Log, Receipt, Fees, Preview
- `sender`       `Sender.preview(call)`, `Sender.send(call) -> Receipt`
- `accounts`     keystore v3 files; development keys on chain 31337 only
- `signers`      Signer; keys in Web3Signer and in AWS KMS
- `envelope`     EIP-1559 transactions as bytes
- `unsigned`     calls as unsigned transactions (JSON) or as a Safe Transaction Builder batch
- `artefacts`    ABI and bytecode: ours from `make compile`, LinkToken and Multicall3 from npm
"""
