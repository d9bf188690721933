# SPDX-License-Identifier: MIT
"""PoolOwners: the share sale, the shares, their income. The token 0x0 is ETH."""

from __future__ import annotations

from collections.abc import Sequence

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import HolderState, OwnersState
from linkpool.units import Wei


class PoolOwners(Contract):
    """Shares: 10**18 = 1 ETH of the valuation."""

    NAME = "PoolOwners"

    # ---- Owner ----

    def whitelist_wallet(self, wallet: ChecksumAddress) -> Call:
        return self._call("whitelistWallet", wallet)

    def start_contribution(self) -> Call:
        return self._call("startContribution")

    def add_contribution(self, contributor: ChecksumAddress, amount: Wei) -> Call:
        return self._call("addContribution", contributor, amount)

    def set_owner_share(self, creator: ChecksumAddress, amount: Wei) -> Call:
        return self._call("setOwnerShare", creator, amount)

    def whitelist_token(self, token: ChecksumAddress, minimum: int) -> Call:
        return self._call("whitelistToken", token, minimum)

    def set_distribution_minimum(self, token: ChecksumAddress, minimum: int) -> Call:
        return self._call("setDistributionMinimum", token, minimum)

    def transfer_ownership(self, new: ChecksumAddress) -> Call:
        return self._call("transfer_ownership", new)

    def accept_ownership(self) -> Call:
        return self._call("accept_ownership")

    # ---- Contributors and holders ----

    def contribute(self, amount: Wei) -> Call:
        """Plain ETH: a contribution while the sale is open, income once it is finished."""
        return Call(to=self.address, data=b"", value=amount, what="PoolOwners.contribute")

    def transfer(self, to: ChecksumAddress, amount: Wei) -> Call:
        return self._call("transfer", to, amount)

    def stake_ownership(self, receiver: ChecksumAddress, amount: Wei, data: bytes = b"") -> Call:
        return self._call("stakeOwnership", receiver, amount, data)

    def remove_ownership_stake(
        self, receiver: ChecksumAddress, amount: Wei, data: bytes = b""
    ) -> Call:
        return self._call("removeOwnershipStake", receiver, amount, data)

    def claim(self, token: ChecksumAddress) -> Call:
        return self._call("claim", token)

    # ---- Anyone ----

    def finish_contribution(self) -> Call:
        return self._call("finishContribution")

    def distribute_tokens(self, token: ChecksumAddress) -> Call:
        return self._call("distributeTokens", token)

    def claim_for(self, owner: ChecksumAddress, token: ChecksumAddress) -> Call:
        return self._call("claimFor", owner, token)

    def batch_claim(self, token: ChecksumAddress, owners: Sequence[ChecksumAddress]) -> Call:
        return self._call("batchClaim", token, list(owners))

    # ---- Views ----

    async def owner(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("owner", block=block)
        return address

    async def pending_owner(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("pending_owner", block=block)
        return address

    async def shares_of(self, holder: ChecksumAddress, *, block: int | None = None) -> Wei:
        return Wei(await self._read("balanceOf", holder, block=block))

    async def claimable(
        self, holder: ChecksumAddress, token: ChecksumAddress, *, block: int | None = None
    ) -> int:
        return int(await self._read("claimable", holder, token, block=block))

    async def is_distributed(self, token: ChecksumAddress, *, block: int | None = None) -> bool:
        return bool(await self._read("tokenWhitelist", token, block=block))

    async def state(self, token: ChecksumAddress, *, block: int | None = None) -> OwnersState:
        at = await self._height(block)
        return OwnersState(
            block=at,
            owner=await self.owner(block=at),
            valuation=Wei(await self._read("valuation", block=at)),
            hard_cap=Wei(await self._read("hardCap", block=at)),
            contributed=Wei(await self._read("totalContributed", block=at)),
            sale_end=int(await self._read("saleEnd", block=at)),
            started=bool(await self._read("contributionStarted", block=at)),
            finished=bool(await self._read("locked", block=at)),
            owners=int(await self._read("getCurrentOwners", block=at)),
            token=token,
            minimum=int(await self._read("distributionMinimum", token, block=at)),
            pending=int(await self._read("pendingIncome", token, block=at)),
            reserved=int(await self._read("reservedFor", token, block=at)),
            distributed=int(await self._read("totalDistributed", token, block=at)),
        )

    async def holder(
        self, holder: ChecksumAddress, token: ChecksumAddress, *, block: int | None = None
    ) -> HolderState:
        at = await self._height(block)
        return HolderState(
            block=at,
            holder=holder,
            shares=await self.shares_of(holder, block=at),
            staked=Wei(await self._read("stakeTotals", holder, block=at)),
            percentage=int(await self._read("getOwnerPercentage", holder, block=at)),
            claimable=await self.claimable(holder, token, block=at),
            whitelisted=bool(await self._read("whitelist", holder, block=at)),
        )

    async def holders(self, *, block: int | None = None) -> list[tuple[ChecksumAddress, Wei]]:
        """Everyone who holds a share at `block`, in order of arrival."""
        at = await self._height(block)
        found: list[tuple[ChecksumAddress, Wei]] = []
        seen = 0
        while True:
            accounts, shares = await self._read("getOwners", seen, 100, block=at)
            found += [(a, Wei(s)) for a, s in zip(accounts, shares, strict=True) if s]
            seen += len(accounts)
            if len(accounts) < 100:
                return found
