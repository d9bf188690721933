# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Penalties: collateral of the network's oracles
@notice A destination for PoolStorage's penalties. A deposit backs many agreements: a bid reserves part of it,
        settling frees or slashes that part. Every agreement can be settled MARGIN before the deadline of what backs
        it; from then on anyone sends back what is free, from half of MARGIN on everything. Nobody owns this
        contract; LINK that came by plain transfer stays here and is nobody's. Amounts in juels (10**18 = 1 LINK), times in unix seconds. Whitepaper 6.1.3.2.
@custom:invariant-c1 LINK here >= the balances of all deposits
@custom:invariant-c2 a deposit's reservations never exceed its balance
@custom:invariant-c3 LINK leaves to a deposit's depositor with its reference, or as a slash of what was reserved
@custom:invariant-c4 what an agreement reserved stays for half of MARGIN after it can be settled
@custom:invariant-p17 a depositor's way back needs nobody's key from MARGIN before the deadline on
@dev A depositor is asked only by static calls and told only by its own release: what it answers, and whether
     it refuses, harms itself alone.
"""

from interfaces import ILinkToken
from interfaces import IPenalties
from interfaces import IPoolStorage

implements: IPenalties

# deposit: balance 90 | reserved 90 | deadline 40 | used 1 | closed 1
M40: constant(uint256) = 2**40 - 1
M90: constant(uint256) = 2**90 - 1
RESERVED: constant(uint256) = 90
DEADLINE: constant(uint256) = 180
USED: constant(uint256) = 2**220
CLOSED: constant(uint256) = 2**221
# Told with the last return: nothing more will come.
FINAL: constant(uint256) = 1

LINK: immutable(ILinkToken)
AGREEMENTS: immutable(address)
MARGIN: public(immutable(uint256))

deposits: HashMap[address, HashMap[uint256, uint256]]


@deploy
def __init__(link: address, margin: uint256):
    """
    @notice Obeys whoever makes it: the ServiceAgreements that reserves and settles.
    @param link the LINK token
    @param margin seconds before a deposit's deadline in which it backs nothing, see the header
    """
    assert link.is_contract, "penalties: LINK has no code"
    LINK = ILinkToken(link)
    AGREEMENTS = msg.sender
    MARGIN = margin


# ---- LINK ----

@external
@nonreentrant
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[64]):
    """
    @notice A deposit. Its deadline is what the sender's penalty(this, reference) says now.
    @param sender the depositor, as LINK says
    @param amount juels that arrived
    @param data abi.encode(reference), a number below 2**40 that the depositor never used before
    @dev Reverts: "penalties: only LINK", "penalties: not a deposit", "penalties: reference used",
         "penalties: nothing deposited", "penalties: deadline too near".
    """
    assert msg.sender == LINK.address, "penalties: only LINK"
    assert len(data) == 32, "penalties: not a deposit"
    reference: uint256 = extract32(data, 0, output_type=uint256)
    assert reference <= M40, "penalties: not a deposit"
    assert self.deposits[sender][reference] == 0, "penalties: reference used"
    # LINK's supply is 10**27 < 2**90.
    assert amount != 0 and amount <= M90, "penalties: nothing deposited"
    record: IPoolStorage.Penalty = staticcall IPoolStorage(sender).penalty(
        self, convert(reference, bytes32)
    )
    # A later one than this contract can write down is as good as the latest it can.
    deadline: uint256 = min(record.deadline, M40)
    assert deadline > block.timestamp + MARGIN, "penalties: deadline too near"
    self.deposits[sender][reference] = amount | (deadline << DEADLINE) | USED
    log IPenalties.Deposited(
        depositor=sender, reference=reference, amount=amount, deadline=deadline
    )


# ---- ServiceAgreements only ----

@external
@nonreentrant
def reserve(depositor: address, reference: uint256, amount: uint256, until: uint256):
    """
    @notice Reserves a part of a deposit for an agreement.
    @param depositor whose deposit, a PoolStorage
    @param reference of the deposit
    @param amount juels
    @param until unix second at which the agreement can be settled at the latest
    @dev Reverts: "penalties: only agreements", "penalties: no such deposit", "penalties: penalty above
         the collateral", "penalties: settles within a day of the deadline".
    """
    assert msg.sender == AGREEMENTS, "penalties: only agreements"
    word: uint256 = self._standing(depositor, reference)
    reserved: uint256 = (word >> RESERVED) & M90
    assert amount <= (word & M90) - reserved, "penalties: penalty above the collateral"
    assert until + MARGIN <= self._deadline(
        word
    ), "penalties: settles within a day of the deadline"
    self.deposits[depositor][reference] = word + (amount << RESERVED)


@external
@nonreentrant
def settle(
    slashes: DynArray[IPenalties.Slash, 62], amount: uint256, beneficiary: address
) -> DynArray[uint256, 62]:
    """
    @notice Frees what an agreement reserved and slashes the part of it that each lost. Deposits given back
            meanwhile are passed over.
    @param slashes one for each deposit that the agreement reserved a part of
    @param amount juels that were reserved of each
    @param beneficiary who receives what is slashed, by plain transfer
    @return juels slashed of each, in the same order
    @dev Reverts: "penalties: only agreements".
    """
    assert msg.sender == AGREEMENTS, "penalties: only agreements"
    taken: DynArray[uint256, 62] = []
    total: uint256 = 0
    for claim: IPenalties.Slash in slashes:
        word: uint256 = self.deposits[claim.depositor][claim.reference]
        if word & CLOSED != 0:
            taken.append(0)
            continue
        assert claim.slash <= amount  # dev: no more than was reserved
        assert amount <= (word >> RESERVED) & M90  # dev: C2
        # Both fields hold at least what is taken from them: C2, so neither borrows from the next.
        self.deposits[claim.depositor][claim.reference] = (
            word - (amount << RESERVED) - claim.slash
        )
        taken.append(claim.slash)
        if claim.slash != 0:
            total += claim.slash
            log IPenalties.Slashed(
                depositor=claim.depositor,
                reference=claim.reference,
                beneficiary=beneficiary,
                amount=claim.slash,
            )
    if total != 0:
        assert extcall LINK.transfer(beneficiary, total)  # dev: LINK reverts or says yes
    return taken


# ---- The depositor's senders and operator; anyone from MARGIN before the deadline on ----

@external
@nonreentrant
def release(depositor: address, reference: uint256) -> uint256:
    """
    @notice Sends what is not reserved back to the depositor, with the reference: for the depositor's senders
            and operator, for anyone from MARGIN before the deadline on. From half of MARGIN before it on
            everything, reserved or not. With nothing left the return is final, be it of 0 juels.
    @param depositor a PoolStorage
    @param reference of the deposit
    @return juels sent
    @dev Reverts: "penalties: no such deposit", "penalties: not yet", "penalties: all of it is reserved",
         and what the depositor says.
    """
    word: uint256 = self._standing(depositor, reference)
    balance: uint256 = word & M90
    reserved: uint256 = (word >> RESERVED) & M90
    deadline: uint256 = self._deadline(word)
    # Not before whoever settles had half of MARGIN to do it: else a release in the same block could come first.
    if block.timestamp + MARGIN // 2 >= deadline:
        reserved = 0
    else:
        assert (
            block.timestamp + MARGIN >= deadline or self._speaks_for(depositor)
        ), "penalties: not yet"
        assert reserved == 0 or balance != reserved, "penalties: all of it is reserved"
    amount: uint256 = balance - reserved
    closed: bool = reserved == 0
    data: Bytes[96] = abi_encode(reference)
    if closed:
        self.deposits[depositor][reference] = USED | CLOSED | (deadline << DEADLINE)
        data = abi_encode(reference, FINAL)
    else:
        self.deposits[depositor][reference] = word - amount
    log IPenalties.Released(
        depositor=depositor, reference=reference, amount=amount, closed=closed
    )
    assert extcall LINK.transferAndCall(depositor, amount, data)  # dev: LINK reverts or says yes
    return amount


# ---- Views ----

@view
@external
def deposit(depositor: address, reference: uint256) -> IPenalties.Deposit:
    """
    @notice A deposit; all zero where there is none, no balance where it was given back.
    @param depositor a PoolStorage
    @param reference of the deposit
    @return see Deposit
    """
    word: uint256 = self.deposits[depositor][reference]
    return IPenalties.Deposit(
        balance=word & M90,
        reserved=(word >> RESERVED) & M90,
        deadline=self._deadline(word),
        closed=word & CLOSED != 0,
    )


@view
@external
def agreements() -> address:
    """
    @notice The ServiceAgreements that reserves and settles.
    """
    return AGREEMENTS


@view
@external
def getChainlinkToken() -> address:
    """
    @notice LINK: asked before this contract becomes a destination.
    """
    return LINK.address


# ---- Internal ----

@view
@internal
def _standing(depositor: address, reference: uint256) -> uint256:
    word: uint256 = self.deposits[depositor][reference]
    assert word != 0 and word & CLOSED == 0, "penalties: no such deposit"
    return word


@pure
@internal
def _deadline(word: uint256) -> uint256:
    return (word >> DEADLINE) & M40


@view
@internal
def _speaks_for(depositor: address) -> bool:
    if staticcall IPoolStorage(depositor).isAuthorizedSender(msg.sender):
        return True
    return msg.sender == staticcall IPoolStorage(depositor).operator()
