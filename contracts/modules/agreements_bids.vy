# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title agreements_bids
@notice Bids of ServiceAgreements: taken with collateral, ranked by reputation and by order, freed. A word for each, in
        a list that begins with the newest.
@dev An oracle and a provider are asked by static calls, before anything is written; a provider with capped gas.
"""

from interfaces import IPenalties
from interfaces import IPoolStorage
from interfaces import IServiceAgreements
from modules import agreements_book as book

uses: book

MOST_BIDS: constant(uint256) = 62
# Gas of a provider's score.
SCORE_GAS: constant(uint256) = 50_000

# bid: bidder before 160 | reference 40 | score 20 | order 8 | placed 1
REFERENCE: constant(uint256) = 160
SCORE: constant(uint256) = 200
ORDER: constant(uint256) = 220
PLACED: constant(uint256) = 2**228
# rank, to sort by: oracle 160 | reference 40 | how early 8 | score 20
EARLINESS: constant(uint256) = 200
RANK_SCORE: constant(uint256) = 208

placed: HashMap[uint256, HashMap[address, uint256]]


# ---- The oracle's senders ----

@external
@nonreentrant
def bid(id: uint256, oracle: address, reference: uint256, digest: bytes32):
    """
    @notice Offers an oracle, with collateral, until it is chosen or freed. A number alone does not say what
            is bid for: when a block is replaced it may belong to another agreement.
    @param id of the agreement
    @param oracle a PoolStorage that lists the caller as an authorised sender
    @param reference of the oracle's deposit in Penalties, below 2**40; any where the penalty is 0
    @param digest keccak256(abi.encode(consumer, terms)) of what the bidder has seen
    @dev Reverts: "agreements: not open", "agreements: other terms", "agreements: bidding is over",
         "agreements: reference", "agreements: not a sender of the oracle", "agreements: already bid",
         "agreements: bids are full", "agreements: payment below the node's minimum",
         "agreements: not a member of the provider", and what Penalties says.
    """
    head: uint256 = book._open(id)
    assert book.digests[id] == digest, "agreements: other terms"
    deal: uint256 = book.deals[id]
    assert block.timestamp < book._bid_deadline(deal), "agreements: bidding is over"
    assert reference <= book.M40, "agreements: reference"
    assert staticcall IPoolStorage(oracle).isAuthorizedSender(
        msg.sender
    ), "agreements: not a sender of the oracle"
    assert self.placed[id][oracle] == 0, "agreements: already bid"
    order: uint256 = (head >> book.BIDS) & book.M8
    assert order < MOST_BIDS, "agreements: bids are full"
    assert staticcall IPoolStorage(oracle).minimumPayment() <= (
        deal & book.M90
    ), "agreements: payment below the node's minimum"
    score: uint256 = self._score(book._provider(id, head), oracle)

    self.placed[id][oracle] = (
        (head & book.M160)
        | (reference << REFERENCE)
        | (score << SCORE)
        | (order << ORDER)
        | PLACED
    )
    book.heads[id] = (
        ((head >> book.BIDS) << book.BIDS) + (1 << book.BIDS) + convert(oracle, uint256)
    )
    log IServiceAgreements.BidPlaced(
        id=id, oracle=oracle, reference=reference, score=score, order=order
    )
    penalty: uint256 = (deal >> book.PENALTY) & book.M90
    if penalty != 0:
        # Whatever is started in time can be settled then.
        until: uint256 = book._answer_deadline(deal) + max(
            book.LATE_TIME, book.EXPIRY - min(book.EXPIRY, book.ANSWER_TIME)
        )
        extcall book.PENALTIES.reserve(oracle, reference, penalty, until)


# ---- Views ----

@view
@external
def bids(id: uint256) -> DynArray[IServiceAgreements.Bid, 62]:
    """
    @notice The bids on an agreement, in the order they came.
    @param id of the agreement
    @return see Bid
    """
    head: uint256 = book.heads[id]
    oracles: DynArray[address, MOST_BIDS] = []
    oracle: address = convert(head & book.M160, address)
    for ignored: uint256 in range((head >> book.BIDS) & book.M8, bound=MOST_BIDS):
        oracles.append(oracle)
        oracle = convert(self.placed[id][oracle] & book.M160, address)
    found: DynArray[IServiceAgreements.Bid, MOST_BIDS] = []
    for ignored: uint256 in range(len(oracles), bound=MOST_BIDS):
        oracle = oracles.pop()
        word: uint256 = self.placed[id][oracle]
        found.append(
            IServiceAgreements.Bid(
                oracle=oracle,
                reference=(word >> REFERENCE) & book.M40,
                score=(word >> SCORE) & book.M20,
                order=(word >> ORDER) & book.M8,
            )
        )
    return found


# ---- Collateral ----

@view
@internal
def _reference(id: uint256, oracle: address) -> uint256:
    """
    @notice The deposit behind an oracle's bid.
    """
    return (self.placed[id][oracle] >> REFERENCE) & book.M40


@internal
def _free_all(id: uint256, head: uint256, penalty: uint256):
    """
    @notice Frees what every bidder reserved.
    """
    bidders: DynArray[IPenalties.Slash, MOST_BIDS] = []
    ranking: DynArray[uint256, MOST_BIDS] = self._ranking(id, head)
    for rank: uint256 in ranking:
        bidders.append(self._claim(rank))
    self._free(bidders, penalty)


@internal
def _free(claims: DynArray[IPenalties.Slash, MOST_BIDS], penalty: uint256):
    # With nothing reserved there is nothing to free.
    if penalty != 0 and len(claims) != 0:
        extcall book.PENALTIES.settle(claims, penalty, self)


@pure
@internal
def _claim(rank: uint256) -> IPenalties.Slash:
    """
    @notice What frees a bidder's collateral.
    """
    return IPenalties.Slash(
        depositor=convert(rank & book.M160, address),
        reference=(rank >> REFERENCE) & book.M40,
        slash=0,
    )


# ---- Choosing ----

@view
@internal
def _choose(
    id: uint256, head: uint256
) -> (DynArray[address, book.MOST_ORACLES], DynArray[IPenalties.Slash, MOST_BIDS]):
    """
    @notice The oracles to ask, the best first, and the claims on the others' collateral.
    """
    chosen: DynArray[address, book.MOST_ORACLES] = []
    losers: DynArray[IPenalties.Slash, MOST_BIDS] = []
    ranking: DynArray[uint256, MOST_BIDS] = self._ranking(id, head)
    oracles: uint256 = (head >> book.ORACLES) & book.M8
    for ignored: uint256 in range(len(ranking), bound=MOST_BIDS):
        rank: uint256 = ranking.pop()
        if len(chosen) < oracles:
            chosen.append(convert(rank & book.M160, address))
        else:
            losers.append(self._claim(rank))
    return chosen, losers


@view
@internal
def _ranking(id: uint256, head: uint256) -> DynArray[uint256, MOST_BIDS]:
    """
    @notice All bids as words to sort by, the worst first: by score, then by who came earlier.
    """
    ranking: DynArray[uint256, MOST_BIDS] = []
    oracle: uint256 = head & book.M160
    # From the newest to the first: with equal scores each belongs behind all that stand here.
    for i: uint256 in range((head >> book.BIDS) & book.M8, bound=MOST_BIDS):
        word: uint256 = self.placed[id][convert(oracle, address)]
        rank: uint256 = (
            oracle
            | (((word >> REFERENCE) & book.M40) << REFERENCE)
            | ((book.M8 - ((word >> ORDER) & book.M8)) << EARLINESS)
            | (((word >> SCORE) & book.M20) << RANK_SCORE)
        )
        ranking.append(rank)
        place: uint256 = i
        for ignored: uint256 in range(MOST_BIDS):
            if place == 0 or self._standing(ranking[place - 1]) < self._standing(rank):
                break
            ranking[place] = ranking[place - 1]
            place -= 1
        ranking[place] = rank
        oracle = word & book.M160
    return ranking


@pure
@internal
def _standing(rank: uint256) -> uint256:
    return rank >> EARLINESS


# ---- Reputation ----

@view
@internal
def _score(provider: address, oracle: address) -> uint256:
    """
    @notice What the provider says of an oracle: one word, a share; 0 without a provider.
    """
    if provider == empty(address):
        return 0
    success: bool = False
    told: Bytes[33] = b""
    success, told = raw_call(
        provider,
        abi_encode(oracle, method_id=method_id("score(address)")),
        max_outsize=33,
        gas=SCORE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert (success and len(told) == 32), "agreements: not a member of the provider"
    score: uint256 = extract32(told, 0, output_type=uint256)
    assert score <= book.PPM, "agreements: not a member of the provider"
    return score
