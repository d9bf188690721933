# SPDX-License-Identifier: MIT
"""`linkpool owners …`: the pool's shares, their sale, their income."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.calls import Receipt
from linkpool.chain.contracts import PoolOwners
from linkpool.cli import options
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.output import Answer, when, yes_no
from linkpool.cli.session import Session
from linkpool.errors import UsageError
from linkpool.units import show_ether, show_link

app = typer.Typer(help="The pool's shares: their sale, their holders, their income.")

Receiver = Annotated[
    ChecksumAddress,
    typer.Argument(metavar="RECEIVER", parser=options.address, help="who receives"),
]


async def _owners(session: Session) -> PoolOwners:
    manifest = await session.manifest()
    return PoolOwners(await session.connection(), manifest.address("PoolOwners"))


async def _token(session: Session, token: str) -> ChecksumAddress:
    if token == "LINK":
        return (await session.manifest()).address("LinkToken")
    return address(token)


def _income(token: str, amount: int) -> str:
    if token == "LINK":
        return show_link(amount)
    return show_ether(amount) if token == ZERO else f"{amount:,} of the smallest unit"


@reads(app, "show")
async def show(
    session: Session,
    holder: Annotated[
        ChecksumAddress | None,
        typer.Argument(metavar="HOLDER", parser=options.address, help="one holder"),
    ] = None,
    token: options.Token = "LINK",
) -> Answer:
    """The sale and the holders; or what one holder has and is owed."""
    owners = await _owners(session)
    place = await _token(session, token)
    if holder is not None:
        one = await owners.holder(holder, place)
        return Answer(
            title=f"holder {holder} at block {one.block}",
            data={"holder": one},
            facts=[
                ("shares", show_ether(one.shares)),
                ("percentage", f"{one.percentage / 1000:.3f} %"),
                ("staked by himself", show_ether(one.staked)),
                ("claimable", _income(token, one.claimable)),
                ("may contribute", yes_no(one.whitelisted)),
            ],
        )
    state = await owners.state(place)
    holders = await owners.holders(block=state.block)
    return Answer(
        title=f"PoolOwners {owners.address} at block {state.block}",
        data={"state": state, "holders": [{"holder": h, "shares": str(s)} for h, s in holders]},
        facts=[
            ("owner", state.owner),
            ("sale", _sale(state.started, state.finished)),
            ("sale ends", when(state.sale_end)),
            ("contributed", f"{show_ether(state.contributed)} of {show_ether(state.hard_cap)}"),
            ("valuation", show_ether(state.valuation)),
            ("to distribute", _income(token, state.pending)),
            ("to be claimed", _income(token, state.reserved)),
            ("distributed ever", _income(token, state.distributed)),
        ],
        columns=("holder", "shares"),
        rows=[(account, show_ether(shares)) for account, shares in holders],
    )


# ---- Contributors and holders ----


@signs(app, "contribute")
async def contribute(session: Session, amount: options.Shares) -> Proposal:
    """Buy shares with ETH while the sale is open."""
    owners = await _owners(session)
    payer = session.account()
    holder = await owners.holder(payer, ZERO)
    state = await owners.state(ZERO, block=holder.block)
    if state.finished or not state.started:
        raise UsageError(f"the sale is {_sale(state.started, state.finished)}")
    if not holder.whitelisted:
        raise UsageError(f"{payer} is not on the sale's list: ask the owner")
    left = state.hard_cap - state.contributed
    if amount > left:
        raise UsageError(f"{show_ether(left)} are left of the sale, fewer than that")
    return Proposal(
        call=owners.contribute(amount),
        facts=[("shares before", show_ether(holder.shares)), ("left", show_ether(left))],
    )


@signs(app, "transfer")
async def transfer(session: Session, to: Receiver, amount: options.Shares) -> Proposal:
    """Give shares to somebody else; what they earned so far stays yours."""
    owners = await _owners(session)
    holder = await owners.holder(session.account(), ZERO)
    free = holder.shares - holder.staked
    if amount > free:
        raise UsageError(f"{show_ether(free)} of shares are free to move, fewer than that")
    return Proposal(
        call=owners.transfer(to, amount), facts=[("shares", show_ether(amount)), ("to", to)]
    )


@signs(app, "stake")
async def stake(session: Session, to: Receiver, amount: options.Shares) -> Proposal:
    """Lock shares in favour of somebody; they stay yours and go on earning."""
    owners = await _owners(session)
    return Proposal(
        call=owners.stake_ownership(to, amount),
        facts=[("shares", show_ether(amount)), ("in favour of", to)],
    )


@signs(app, "unstake")
async def unstake(session: Session, to: Receiver, amount: options.Shares) -> Proposal:
    """Unlock shares, whatever the receiver says."""
    owners = await _owners(session)
    return Proposal(
        call=owners.remove_ownership_stake(to, amount),
        facts=[("shares", show_ether(amount)), ("in favour of", to)],
    )


# ---- Anyone ----


@signs(app, "distribute")
async def distribute(session: Session, token: options.Token = "LINK") -> Proposal:
    """Book what has come in for all holders; anyone may."""
    owners = await _owners(session)
    place = await _token(session, token)
    state = await owners.state(place)
    if state.pending <= state.minimum:
        raise UsageError(
            f"{_income(token, state.pending)} have come in; "
            f"more than {_income(token, state.minimum)} are needed"
        )
    return Proposal(
        call=owners.distribute_tokens(place),
        facts=[("distributes", _income(token, state.pending)), ("to holders", str(state.owners))],
    )


@signs(app, "claim")
async def claim(
    session: Session,
    token: options.Token = "LINK",
    holder: Annotated[
        ChecksumAddress | None, options.account_option("--for", "whose income; paid to him")
    ] = None,
) -> Proposal:
    """Be paid what your shares earned; or have somebody else paid."""
    owners = await _owners(session)
    place = await _token(session, token)
    payee = holder or session.account()
    owed = await owners.claimable(payee, place)
    if owed == 0:
        raise UsageError(f"nothing is distributed for {payee} that is not paid yet")
    call = owners.claim(place) if holder is None else owners.claim_for(payee, place)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        paid = sum(
            event.fields["amount"]
            for event in owners.decode_logs(receipt.logs)
            if event.name == "Claimed"
        )
        return [("paid", _income(token, paid))], {"paid": str(paid)}

    return Proposal(
        call=call, facts=[("pays", _income(token, owed)), ("to", payee)], outcome=outcome
    )


@signs(app, "finish", administrative=True)
async def finish(session: Session) -> Proposal:
    """End the sale for good: the owner at any time, anyone once its time is over."""
    owners = await _owners(session)
    return Proposal(call=owners.finish_contribution(), facts=[("for good", "yes")])


# ---- Owner ----


@signs(app, "allow", administrative=True)
async def allow(session: Session, contributor: options.Account) -> Proposal:
    """Put a wallet on the sale's list."""
    owners = await _owners(session)
    return Proposal(
        call=owners.whitelist_wallet(contributor), facts=[("may contribute", contributor)]
    )


@signs(app, "start", administrative=True)
async def start(session: Session) -> Proposal:
    """Open the sale."""
    owners = await _owners(session)
    return Proposal(call=owners.start_contribution(), facts=[])


@signs(app, "share", administrative=True)
async def share(session: Session, creator: options.Account, amount: options.Shares) -> Proposal:
    """Give a creator shares out of the sale account."""
    owners = await _owners(session)
    return Proposal(
        call=owners.set_owner_share(creator, amount),
        facts=[("creator", creator), ("shares", show_ether(amount))],
    )


@signs(app, "enter", administrative=True)
async def enter(session: Session, contributor: options.Account, amount: options.Shares) -> Proposal:
    """Enter a contribution that was made outside the contract."""
    owners = await _owners(session)
    return Proposal(
        call=owners.add_contribution(contributor, amount),
        facts=[("contributor", contributor), ("shares", show_ether(amount))],
    )


@signs(app, "token", administrative=True)
async def token_(
    session: Session,
    token: options.Account,
    minimum: Annotated[int, typer.Argument(min=0, help="in the token's smallest unit")] = 0,
) -> Proposal:
    """Distribute one more token, for ever."""
    owners = await _owners(session)
    return Proposal(
        call=owners.whitelist_token(token, minimum),
        facts=[("token", token), ("minimum", f"{minimum:,}")],
    )


@signs(app, "accept", administrative=True)
async def accept(session: Session) -> Proposal:
    """Accept to be PoolOwners' owner, as offered by the one before."""
    owners = await _owners(session)
    return Proposal(call=owners.accept_ownership(), facts=[("owner now", await owners.owner())])


def _sale(started: bool, finished: bool) -> str:
    if finished:
        return "finished"
    return "open" if started else "not open yet"
