# SPDX-License-Identifier: MIT
"""Who signs. Every signer is bound to one chain, and what it signed is read back before it is used.

- `base`         the Signer protocol; from a digest's signature to a checked raw transaction
- `web3signer`   a key in Web3Signer, over its JSON-RPC
- `kms`          a key in AWS KMS that never leaves it (`pip install linkpool[kms]`)

Keys in this process, from keystore files, are in linkpool.chain.accounts.
"""
