# SPDX-License-Identifier: MIT
"""The block in which a hostile upgrade is executed, ordered by whoever is behind it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from eth_typing import ChecksumAddress

from bench.chain import account, call_of
from bench.drills import powers
from bench.drills.pool import Pool, Site
from bench.drills.replacing import announce, delay, execution, replace
from linkpool.chain.addresses import created_address
from linkpool.chain.calls import Call
from linkpool.chain.contracts import EVERYTHING, LOGIC
from linkpool.errors import TxReverted
from linkpool.units import Juels, link
from tests.flows.drills.hostile import by, hostile, one_block, ready

ANYBODY = account("anybody")
CAP = Fraction(5, 100)


def leaving(site: Site) -> list[tuple[Call, ChecksumAddress]]:
    return [(site.storage.withdraw(EVERYTHING), who) for who in site.shares]


def told(site: Site, function: str, *arguments: object) -> Call:
    return call_of("PoolStorage", site.storage.address, function, *arguments)


def test_p2_nothing_that_is_done_before_a_withdrawal_in_that_block_makes_it_smaller(
    pool: Pool,
) -> None:
    """Node closed, prices at their highest, stakers pushed out and paid into, and they leave."""
    site, rogue = pool.sites[5], hostile(pool)
    first, second, third = list(site.shares)[:3]
    highest = 2**76 - 1
    acts = [
        told(site, "setPolicy", (False, True, True, 0, 2**87 - 1)),
        told(site, "setTerm", 3, highest),
        told(site, "setTerm", 4, highest),
        told(site, "setTerm", 0, 500_000),
        told(site, "setTerm", 1, 1_000_000),
        told(site, "setTerm", 2, int(rogue, 16)),
        told(site, "release", first, link("1")),
        told(site, "release", second, EVERYTHING),
        told(site, "setUint", powers.KEY, 2**256 - 1),
    ]
    gift = pool.world.link.stake_for(site.storage.address, third, link("1"))
    upgrade = ready(pool, "Node", rogue)
    out = [one for one in leaving(site) if one[1] != second]
    done = one_block(
        pool,
        [
            (gift, pool.world.bank),
            (upgrade, ANYBODY),
            *((by(rogue, act), ANYBODY) for act in acts),
            *out,
        ],
    )
    refused = [place for place, went in enumerate(done) if not went]
    # Logic cannot be a wallet; everything else is done.
    assert refused == [2 + acts.index(told(site, "setTerm", 2, int(rogue, 16)))]
    for who in site.shares:
        assert pool.balance(who) > site.owned(who) - 2
    assert pool.chain.read(site.storage, "makersPercentage") == 250_000
    assert pool.chain.read(site.storage, "costCeiling") == 500_000


def test_p15_whoever_is_still_there_risks_the_loss_cap_and_no_more(pool: Pool) -> None:
    """With a whitelisted destination on its side; who left a transaction earlier risks nothing."""
    site, rogue = pool.sites[5], hostile(pool)
    total = pool.number(site.storage, "totalStaked")
    early, *late = leaving(site)
    most = Juels(total * pool.number(site.storage, "lossAllowance") // 1_000_000)
    penalties = [
        by(rogue, site.storage.send_penalty(pool.box, amount, bytes([number]) * 32))
        for number, amount in ((1, Juels(most - link("100"))), (2, link("100")))
    ]
    upgrade = ready(pool, "Node", rogue)
    done = one_block(
        pool,
        [
            (upgrade, ANYBODY),
            early,
            *((penalty, ANYBODY) for penalty in penalties),
            *late,
        ],
    )
    assert done == [True, True, True, False, *(True for _ in late)]
    assert pool.balance(early[1]) > site.owned(early[1]) - 1
    pool.chain.advance(7 * 86_400)
    pool.world.act(site.storage.resolve_overdue(pool.box, bytes([1]) * 32), ANYBODY)
    for _, who in late:
        assert pool.balance(who) > site.owned(who) * (1 - CAP) - 3


def test_a_withdrawal_announced_to_the_world_cannot_be_overtaken_by_the_upgrade(
    pool: Pool,
) -> None:
    """In either order of the two in a block, the staker is paid the same."""
    site, rogue = pool.sites[5], hostile(pool)
    who = next(iter(site.shares))
    upgrade, out = ready(pool, "NodeStaking", rogue), site.storage.withdraw(EVERYTHING)
    paid = []
    for order in ([(upgrade, ANYBODY), (out, who)], [(out, who), (upgrade, ANYBODY)]):
        with pool.chain.undone():
            assert one_block(pool, order) == [True, True]
            paid.append(pool.balance(who))
    assert paid[0] == paid[1] > site.owned(who) - 1


# ---- Can it be kept from being undone? ----


@pytest.mark.parametrize("name", LOGIC)
def test_p4_no_contract_in_place_can_keep_the_one_before_it_out(pool: Pool, name: str) -> None:
    """All four hostile at once; each call that might give the old address a part in the suite."""
    old = pool.serving(name)
    rogues = {one: hostile(pool) for one in LOGIC}
    for one, rogue in rogues.items():
        replace(pool, one, rogue)
    factory = pool.world.factory
    terms = (old, ANYBODY, ANYBODY, False, 0, 0, 0, 0, 0, 0)
    as_node = call_of("PoolStorageFactory", factory.address, "createStorage", terms)
    for one, rogue in rogues.items():
        creates = one == "NodeFactory"
        for call, refusal in (
            (as_node, "node is a contract" if creates else "caller not NodeFactory"),
            (factory.set_contract("Other", old, pool.code_hash(old)), "caller is not timelock"),
            (factory.announce_destination(old), "caller is not owner"),
        ):
            with pytest.raises(TxReverted, match=f"factory: {refusal}"):
                pool.chain.send(by(rogue, call), ANYBODY)
    # Out of the registry it may be given a stake, which is in nobody's way.
    site = pool.sites[5]
    pool.world.act(pool.world.link.stake_for(site.storage.address, old, link("1")), pool.world.bank)
    replace(pool, name, old)
    assert pool.serving(name) == old
    may = powers.LOGIC_MAY & powers.allowed(powers.outcomes(pool, old))
    assert may == powers.LOGIC_MAY


def test_an_address_without_code_can_be_taken_so_contracts_are_deployed_before_announced(
    pool: Pool,
) -> None:
    """A hostile NodeFactory makes it a node's own address; any other address will do instead."""
    rogue = hostile(pool)
    replace(pool, "NodeFactory", rogue)
    next_one = created_address(pool.builder, pool.chain.nonce(pool.builder))
    terms = (next_one, ANYBODY, ANYBODY, False, 0, 0, 0, 0, 0, 0)
    make = call_of("PoolStorageFactory", pool.world.factory.address, "createStorage", terms)
    pool.chain.send(by(rogue, make), ANYBODY)
    taken, free = hostile(pool), hostile(pool)
    assert taken == next_one
    with pytest.raises(TxReverted, match="factory: address is taken"):
        replace(pool, "NodeFactory", taken)
    replace(pool, "NodeFactory", free)
    assert pool.serving("NodeFactory") == free


# ---- Can what was announced be exchanged for something else? ----


def test_p4_what_is_executed_is_what_was_announced_to_the_byte(pool: Pool) -> None:
    shown, meant = hostile(pool), hostile(pool)
    upgrade = ready(pool, "Node", shown)
    for other in (
        execution(pool, pool.replacement("Node", meant)),
        execution(pool, pool.replacement("LinkPool", shown)),
    ):
        with pytest.raises(TxReverted, match="timelock: not announced"):
            pool.chain.send(other, pool.world.owner)
    pool.chain.send(upgrade, ANYBODY)
    with pytest.raises(TxReverted, match="timelock: not announced"):
        pool.chain.send(upgrade, ANYBODY)


def test_p4_what_comes_to_stand_at_an_announced_address_has_to_be_what_was_announced(
    pool: Pool,
) -> None:
    """The code of the Node in use is announced for an empty address; another one is put there on
    the last day.
    """
    place = created_address(pool.builder, pool.chain.nonce(pool.builder))
    call = pool.world.factory.set_contract("Node", place, pool.code_hash(pool.serving("Node")))
    announce(pool, call)
    pool.chain.advance(delay(pool))
    with pytest.raises(TxReverted, match="factory: no code"):
        pool.chain.send(execution(pool, call), ANYBODY)
    assert hostile(pool) == place
    with pytest.raises(TxReverted, match="factory: other code"):
        pool.chain.send(execution(pool, call), ANYBODY)


def test_a_hash_of_code_that_nobody_has_seen_can_be_announced_so_it_has_to_be_read_as_hostile(
    pool: Pool,
) -> None:
    """It binds who announced it, and tells nobody else what will come."""
    with pool.chain.undone():
        secret = hostile(pool)
        code_hash = pool.code_hash(secret)
    call = pool.world.factory.set_contract("Node", secret, code_hash)
    announce(pool, call)
    pool.chain.advance(delay(pool))
    assert hostile(pool) == secret
    pool.chain.send(execution(pool, call), ANYBODY)
    assert pool.serving("Node") == secret


def test_code_that_was_announced_cannot_be_exchanged_at_its_address(pool: Pool) -> None:
    """SELFDESTRUCT leaves code where it is (EIP-6780), and CREATE2 finds the place taken."""
    deployer = ChecksumAddress("0x4e59b44847b379578588920cA78FbF26c0B4956C")
    code = bytes.fromhex("6133ff5f526002601ef3")  # whoever calls, it destroys itself
    making = Call(to=deployer, data=bytes(32) + code, what="CREATE2")
    place = ChecksumAddress("0x" + pool.chain.view(making).hex())
    pool.chain.send(making, ANYBODY)
    upgrade = ready(pool, "Node", place)
    pool.chain.send(Call(to=place, data=b"", what="destroy"), ANYBODY)
    assert pool.chain.rpc("eth_getCode", place, "latest") == "0x33ff"
    with pytest.raises(TxReverted):
        pool.chain.send(making, ANYBODY)
    pool.chain.send(upgrade, ANYBODY)
    assert pool.chain.rpc("eth_getCode", pool.serving("Node"), "latest") == "0x33ff"


# ---- Two announcements at once ----


def test_of_two_announcements_for_one_name_anybody_chooses_the_order(pool: Pool) -> None:
    """The one announced first can be the one that stays: never have two for one name."""
    older, newer = hostile(pool), hostile(pool)
    announce(pool, pool.replacement("Node", older))
    last = ready(pool, "Node", newer)
    pool.chain.send(last, ANYBODY)
    pool.chain.send(execution(pool, pool.replacement("Node", older)), ANYBODY)
    assert pool.serving("Node") == older


def test_a_way_back_that_is_announced_ahead_is_open_to_anybody(pool: Pool) -> None:
    """It can be taken at once when the upgrade is executed, by friend and stranger."""
    old, new = pool.serving("Node"), hostile(pool)
    back = pool.replacement("Node", old)
    announce(pool, back)
    upgrade = ready(pool, "Node", new)
    with pytest.raises(TxReverted, match="factory: same contract"):
        pool.chain.send(execution(pool, back), ANYBODY)
    assert one_block(pool, [(upgrade, ANYBODY), (execution(pool, back), ANYBODY)]) == [True, True]
    assert pool.serving("Node") == old


def test_p4_between_readiness_and_lapse_the_day_is_the_owners_to_choose(pool: Pool) -> None:
    """Two weeks at least, four at most: who comes back after two has to look whether it is over."""
    upgrade = ready(pool, "Node", hostile(pool))
    pool.chain.advance(14 * 86_400 - 10)
    with pool.chain.undone():
        pool.chain.send(upgrade, pool.world.owner)
    pool.chain.advance(10)
    with pytest.raises(TxReverted, match="timelock: lapsed"):
        pool.chain.send(upgrade, pool.world.owner)
    assert delay(pool) == 14 * 86_400
