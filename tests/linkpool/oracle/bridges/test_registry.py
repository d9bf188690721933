# SPDX-License-Identifier: MIT
"""Bridges as an operator sets them up."""

import pytest
from sqlalchemy import insert, select

from linkpool.errors import UsageError
from linkpool.oracle.bridges import registry
from linkpool.oracle.bridges.registry import Bridge, BridgeDraft
from linkpool.store.database import Database
from linkpool.store.tables import bridge_cache, bridges
from linkpool.units import Juels

PRICES = BridgeDraft(name="Prices_1", url="http://127.0.0.1:8080/", minimum_payment=Juels(10**26))


def add(database: Database, draft: BridgeDraft = PRICES) -> registry.NewBridge:
    return database.write_now(lambda c: registry.add(c, draft, 100.0))


def test_a_bridge_is_kept_by_its_name_in_lower_case(database: Database) -> None:
    new = add(database)
    assert new.bridge == Bridge(
        name="prices_1",
        url="http://127.0.0.1:8080/",
        confirmations=0,
        minimum_payment=Juels(10**26),
        created=100.0,
        updated=100.0,
    )
    for name in ("prices_1", "PRICES_1"):
        assert database.read_now(lambda c, n=name: registry.get(c, n)) == new.bridge
    assert database.read_now(lambda c: registry.find(c, "other")) is None
    with pytest.raises(UsageError, match="no bridge other"):
        database.read_now(lambda c: registry.get(c, "other"))
    with pytest.raises(UsageError, match="there is a bridge prices_1 already"):
        add(database, BridgeDraft(name="PRICES_1", url="http://x"))


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        (BridgeDraft(name="", url="http://x"), "letters, digits"),
        (BridgeDraft(name="a b", url="http://x"), "letters, digits"),
        (BridgeDraft(name="a\n", url="http://x"), "letters, digits"),
        (BridgeDraft(name="a" * 101, url="http://x"), "letters, digits"),
        (BridgeDraft(name="a", url="ftp://x"), "expected http"),
        (BridgeDraft(name="a", url=""), "expected http"),
        (BridgeDraft(name="a", url="http://me:secret@x/y"), "a: no user and password in the URL"),
        (BridgeDraft(name="a", url="http://x", confirmations=-1), "confirmations cannot be"),
        (BridgeDraft(name="a", url="http://x", minimum_payment=Juels(-1)), "payment cannot be"),
    ],
)
def test_a_wrong_field_is_named(database: Database, draft: BridgeDraft, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        add(database, draft)
    assert database.read_now(registry.count) == 0


def test_tokens_are_shown_once_and_the_incoming_one_is_not_kept(database: Database) -> None:
    first, second = add(database), add(database, BridgeDraft(name="b", url="http://x"))
    tokens = {first.incoming_token, first.outgoing_token, second.incoming_token}
    assert len(tokens) == 3
    assert all(len(token) >= 32 for token in tokens)
    rows = database.read_now(lambda c: c.execute(select(bridges)).all())
    assert all(first.incoming_token not in str(row) for row in rows)
    assert rows[0].incoming_hash != rows[1].incoming_hash
    access = database.read_now(lambda c: registry.access(c, "PRICES_1"))
    assert access == registry.Access("http://127.0.0.1:8080/", first.outgoing_token)
    assert database.read_now(lambda c: registry.access(c, "none")) is None


def test_only_its_own_incoming_token_may_resume(database: Database) -> None:
    first, second = add(database), add(database, BridgeDraft(name="b", url="http://x"))

    def may(name: str, token: str) -> bool:
        return database.read_now(lambda c: registry.may_resume(c, name, token))

    assert may("Prices_1", first.incoming_token)
    assert not may("prices_1", second.incoming_token)
    assert not may("prices_1", first.outgoing_token)
    assert not may("prices_1", "")
    assert not may("none", "")


def test_an_adapters_old_token_may_be_kept(database: Database) -> None:
    new = add(database, BridgeDraft(name="b", url="http://x", outgoing_token="old"))
    assert new.outgoing_token == "old"


def test_bridges_are_listed_by_name_in_pages(database: Database) -> None:
    for name in ("c", "a", "b"):
        add(database, BridgeDraft(name=name, url="http://x"))
    assert database.read_now(registry.count) == 3
    pages = [database.read_now(lambda c, o=offset: registry.page(c, o, 2)) for offset in (0, 2, 4)]
    assert [[bridge.name for bridge in page] for page in pages] == [["a", "b"], ["c"], []]


def test_a_bridge_is_changed_but_keeps_name_and_tokens(database: Database) -> None:
    new = add(database)
    draft = BridgeDraft(name="PRICES_1", url="https://y/", confirmations=3)
    changed = database.write_now(lambda c: registry.update(c, "prices_1", draft, 200.0))
    assert (changed.url, changed.confirmations, changed.minimum_payment) == ("https://y/", 3, 0)
    assert (changed.created, changed.updated) == (100.0, 200.0)
    assert database.read_now(lambda c: registry.may_resume(c, "prices_1", new.incoming_token))
    for name, other, text in (
        ("none", draft, "no bridge none"),
        ("prices_1", BridgeDraft(name="b", url="http://x"), "keeps its name"),
        ("prices_1", BridgeDraft(name="prices_1", url="x"), "expected http"),
    ):
        with pytest.raises(UsageError, match=text):
            database.write_now(lambda c, n=name, d=other: registry.update(c, n, d, 300.0))


def test_a_bridge_goes_with_its_answers_unless_a_job_needs_it(database: Database) -> None:
    add(database)
    row = {"bridge": "prices_1", "task": "1:a", "body": "x", "received": 1.0}
    database.write_now(lambda c: c.execute(insert(bridge_cache).values(row)))
    with pytest.raises(UsageError, match="used by Daily, Hourly"):
        database.write_now(lambda c: registry.remove(c, "prices_1", used_by=["Hourly", "Daily"]))
    assert database.write_now(lambda c: registry.remove(c, "PRICES_1")).name == "prices_1"
    assert database.read_now(lambda c: c.execute(select(bridge_cache)).all()) == []
    with pytest.raises(UsageError, match="no bridge"):
        database.write_now(lambda c: registry.remove(c, "prices_1"))


def test_bridges_that_are_missing_are_named(database: Database) -> None:
    add(database, BridgeDraft(name="slow", url="http://x"))
    assert database.read_now(lambda c: registry.missing(c, {"Slow", "z", "y"})) == ["y", "z"]
