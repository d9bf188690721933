# SPDX-License-Identifier: MIT
"""`linkpool agreement …`: one question to several oracles, with collateral behind each answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.calls import Receipt
from linkpool.chain.clock import chain_time
from linkpool.chain.contracts.agreements import posted
from linkpool.cli import agreement_reads as looked
from linkpool.cli import agreement_view as view
from linkpool.cli import options
from linkpool.cli.agreement_terms import FIELDS, backed_until, drafted, shown_job, written
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.files import text_of
from linkpool.cli.output import Answer, beyond, counted, when
from linkpool.cli.session import Session
from linkpool.errors import UsageError
from linkpool.units import show_link

app = typer.Typer(help="One question to several oracles, with collateral behind each answer.")

Oracle = Annotated[
    ChecksumAddress,
    typer.Argument(metavar="ORACLE", parser=address, help="who was asked: a PoolStorage"),
]
Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**40, help="of the agreement")]


def _text(flag: str, kind: str, text: str) -> Any:
    return typer.Option(flag, metavar=kind, help=text, show_default=False)


@signs(app, "create")
async def create(
    session: Session,
    file: Annotated[
        Path | None, _text("--file", "FILE", "TOML with the options' names; options go first")
    ] = None,
    job: Annotated[str | None, _text("--job", "UUID", "the job that each oracle runs")] = None,
    data: Annotated[str | None, _text("--data", "JSON", "the request's parameters")] = None,
    oracles: Annotated[int | None, _text("--oracles", "COUNT", "how many are asked")] = None,
    minimum_answers: Annotated[
        int | None, _text("--minimum-answers", "COUNT", "in time, for a result [more than half]")
    ] = None,
    payment: Annotated[str | None, _text("--payment", "LINK", "for each oracle")] = None,
    penalty: Annotated[
        str | None, _text("--penalty", "LINK", "of collateral, that each oracle risks [0]")
    ] = None,
    bids_until: Annotated[
        str | None, _text("--bids-until", "TIME", "from now (10m), or 2030-01-31T18:00Z")
    ] = None,
    answers_until: Annotated[
        str | None, _text("--answers-until", "TIME", "from now too; later ones are punished")
    ] = None,
    tolerance: Annotated[
        str | None,
        _text("--tolerance", "PERCENT", "an answer may be away from the median: 2, or 0.5%"),
    ] = None,
    provider: Annotated[
        str | None,
        _text("--provider", "ADDRESS", "whose reputation ranks bids, or: none [the pool's own]"),
    ] = None,
    beneficiary: Annotated[
        str | None, _text("--beneficiary", "ADDRESS", "gets lost collateral [who posts it]")
    ] = None,
) -> Proposal:
    """Post an agreement and pay all of it ahead; what is not answered comes back."""
    given = (job, data, oracles, minimum_answers, payment, penalty, bids_until, answers_until,
             tolerance, provider, beneficiary)  # fmt: skip
    fields = {} if file is None else written(text_of(file, "agreement"))
    fields |= {name: one for name, one in zip(FIELDS, given, strict=True) if one is not None}
    manifest, suite = await session.manifest(), await session.agreement_suite()
    block = await suite.connection.block_number()
    now, rules = (
        await chain_time(suite.connection, block=block),
        await suite.agreements.terms(block=block),
    )
    terms = drafted(fields, rules, now=now, provider=manifest.address("Reputation"))
    if terms.beneficiary in suite.places:
        raise UsageError("beneficiary: what LINK and these contracts receive is lost")
    warnings = await looked.provider_warnings(suite, terms)
    warnings += await looked.collateral_warnings(suite, terms)
    lasts = manifest.terms.penalty_life - manifest.terms.penalty_margin
    if terms.penalty and backed_until(terms, rules) > now + lasts:
        warnings.append("no collateral of this pool's nodes lasts so long: they cannot bid")
    if not session.unsigned:
        await looked.require_funds(suite, session.account(), terms)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        number = next(
            event.fields["id"]
            for event in suite.agreements.decode_logs(receipt.logs)
            if event.name == "AgreementCreated"
        )
        return [("agreement", str(number))], {"agreement": number}

    return Proposal(
        call=suite.link.transfer_and_call(suite.agreements.address, terms.cost, posted(terms)),
        facts=[
            ("pays", f"{show_link(terms.cost)}: {terms.oracles} x {show_link(terms.payment)}"),
            *view.terms(terms, rules),
        ],
        warnings=warnings,
        outcome=outcome,
    )


@reads(app, "list")
async def listing(session: Session, page: options.Page = 1, size: options.Size = 20) -> Answer:
    """Agreements, the newest first."""
    suite = await session.agreement_suite()
    block = await suite.connection.block_number()
    count = await suite.agreements.count(block=block)
    last = count - (page - 1) * size
    found = [
        await suite.agreements.agreement(number, block=block)
        for number in range(last, max(0, last - size), -1)
    ]
    phases = await looked.phases(suite, block, found)
    posted = await looked.every_posted(session, suite, found, block=block)
    return Answer(
        title=f"{counted(count, 'agreement')} at block {block}",
        note=beyond(page, size, count),
        data={
            "block": block,
            "count": count,
            "agreements": [
                view.data(one, posted.get(one.number)) | {"phase": text}
                for one, text in zip(found, phases, strict=True)
            ],
        },
        spare=("answers until", "bids until", "job"),
        columns=(
            "id",
            "",
            "job",
            "oracles",
            "bids",
            "payment",
            "penalty",
            "bids until",
            "answers until",
        ),
        rows=[
            (
                str(one.number),
                text,
                shown_job(posted[one.number].job) if one.number in posted else "",
                str(one.oracles),
                str(one.bids),
                show_link(one.payment),
                show_link(one.penalty),
                when(one.bid_deadline),
                when(one.answer_deadline),
            )
            for one, text in zip(found, phases, strict=True)
        ],
    )


@reads(app, "show")
async def show(session: Session, number: Number) -> Answer:
    """One agreement: who bid, who was asked, what each answered, who paid what."""
    suite = await session.agreement_suite()
    one = await suite.agreements.agreement(number)
    view.require_known(one)
    events = await looked.events(session, suite, one)
    bids = await suite.agreements.bids(number, block=one.block)
    found, terms = view.course(one, bids, events), looked.posted(events)
    result = f"{found.answer}" if found.known else "none"
    ended = one.state in (3, 4)
    facts = [
        ("consumer", one.consumer),
        ("parameters", view.shown_data(found.data)),
        *view.terms(terms, await suite.agreements.terms(block=one.block)),
        *([("result", f"{result}, of {found.answers} answers in time")] if ended else []),
        ("paid", show_link(sum(part.paid for part in found.parts))),
        ("back to the consumer", show_link(found.refund)),
        ("to the beneficiary", show_link(found.slashed)),
    ]
    if found.owed:
        again = f"`linkpool agreement reclaim {number} ORACLE`"
        facts.append(("not paid back", f"{show_link(found.owed)}: {again}"))
    [phase] = await looked.phases(suite, one.block, [one])
    return Answer(
        title=f"agreement {number} at block {one.block}: {phase}",
        data={"agreement": view.data(one, terms) | {"phase": phase}, "course": found},
        facts=facts,
        spare=("score", "after"),
        columns=("oracle", "score", "", "answer", "outcome", "after", "was paid", "lost"),
        rows=[view.row(part) for part in found.parts],
    )


@signs(app, "start")
async def start(session: Session, number: Number) -> Proposal:
    """Choose among the bids and send the requests; anyone may, once bidding is over."""
    suite = await session.agreement_suite()
    one = await suite.agreements.agreement(number)
    rules = await suite.agreements.terms(block=one.block)
    view.require_start(one, rules, await suite.connection.timestamp(one.block))
    terms = looked.posted(await looked.events(session, suite, one))

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        chosen = view.asked(suite.agreements.decode_logs(receipt.logs))
        return [("asked", ", ".join(chosen))], {"oracles": chosen}

    return Proposal(
        call=suite.agreements.start(number, terms.job, terms.data),
        facts=[
            ("agreement", str(number)),
            ("asks", f"{one.oracles} of {one.bids} bidders, {show_link(one.payment)} each"),
            ("answers until", when(one.answer_deadline)),
        ],
        outcome=outcome,
    )


@signs(app, "settle")
async def settle(session: Session, number: Number) -> Proposal:
    """Book the median, penalties and refunds; anyone may, once everybody answered or it is late."""
    suite = await session.agreement_suite()
    one = await suite.agreements.agreement(number)
    now = await suite.connection.timestamp(one.block)
    settled_from, complete = await looked.answers(suite, one)
    view.require_settle(one, now, settled_from=settled_from, complete=complete)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        return view.settled(suite.agreements.decode_logs(receipt.logs))

    return Proposal(
        call=suite.agreements.settle(number),
        facts=[
            ("agreement", str(number)),
            ("answers", "from everybody" if complete else "some are missing"),
            ("consumer", one.consumer),
            ("beneficiary", one.beneficiary if one.beneficiary != ZERO else one.consumer),
        ],
        outcome=outcome,
    )


@signs(app, "cancel")
async def cancel(session: Session, number: Number) -> Proposal:
    """Give the consumer all of it back; anyone may, where it cannot be started any more."""
    suite = await session.agreement_suite()
    one = await suite.agreements.agreement(number)
    rules = await suite.agreements.terms(block=one.block)
    view.require_cancel(one, rules, await suite.connection.timestamp(one.block))
    return Proposal(
        call=suite.agreements.cancel(number),
        facts=[
            ("agreement", str(number)),
            ("gives back", show_link(one.payment * one.oracles)),
            ("to", one.consumer),
        ],
    )


@signs(app, "reclaim")
async def reclaim(session: Session, number: Number, oracle: Oracle) -> Proposal:
    """Fetch back, for the consumer, what an oracle did not pay back at settling; anyone may."""
    suite = await session.agreement_suite()
    one = await suite.agreements.agreement(number)
    view.require_known(one)
    asked = view.asked(await looked.events(session, suite, one))
    if oracle not in asked:
        raise UsageError(f"agreement {number} asked no {oracle}: see `linkpool agreement show`")
    return Proposal(
        call=suite.aggregator.reclaim(number, asked.index(oracle)),
        facts=[
            ("agreement", str(number)),
            ("fetches back", show_link(one.payment)),
            ("of", oracle),
            ("to", one.consumer),
        ],
    )
