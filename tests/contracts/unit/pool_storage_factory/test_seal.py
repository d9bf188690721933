# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa

from tests.contracts.suite import Core, Suite, code_hash, contract, logs, mock


def test_sealing_is_for_ever_and_for_the_deployer(unsealed: Core, stranger: str) -> None:
    deployer = unsealed.actors.deployer
    for outsider in (stranger, unsealed.actors.owner, unsealed.timelock.address):
        with boa.reverts("factory: caller is not deployer"):
            unsealed.factory.seal(sender=outsider)
    unsealed.factory.seal(sender=deployer)
    (event,) = logs(unsealed.factory, "Sealed")
    assert event.registry == unsealed.factory.poolStorage()
    assert unsealed.factory.isSealed()
    with boa.reverts("factory: already sealed"):
        unsealed.factory.seal(sender=deployer)


def test_an_empty_factory_cannot_be_sealed(core: Core) -> None:
    with boa.reverts("factory: not initialised"):
        core.factory.seal(sender=core.actors.deployer)


def test_p4_the_deployer_has_no_power_once_sealed(suite: Suite) -> None:
    deployer = suite.actors.deployer
    evil = mock("logic_target")
    with boa.reverts("factory: caller is not timelock"):
        suite.factory.setContract("Node", evil.address, code_hash(evil.address), sender=deployer)
    with boa.reverts("factory: already initialised"):
        suite.factory.initialise(evil.address, sender=deployer)
    with boa.reverts("factory: already sealed"):
        suite.factory.seal(sender=deployer)
    with boa.reverts("factory: caller is not owner"):
        suite.factory.announceDestination(evil.address, sender=deployer)


def test_no_node_is_created_before_the_seal(unsealed: Core, owner: str) -> None:
    """Before it the deployer could still put logic of its own in place."""
    deployer = unsealed.actors.deployer
    served = {}
    for name in ("LinkPool", "NodeFactory"):
        served[name] = contract(name).deploy(unsealed.factory.address)
        unsealed.factory.setContract(
            name, served[name].address, code_hash(served[name].address), sender=deployer
        )
    arguments = (unsealed.actors.node_address, unsealed.actors.operator, 1, False)
    with boa.reverts("factory: not sealed"):
        served["LinkPool"].createNode(*arguments, sender=owner)
    unsealed.factory.seal(sender=deployer)
    served["LinkPool"].createNode(*arguments, sender=owner)
    assert unsealed.factory.storageCount() == 1
