# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title keyvalue
@notice Data that logic keeps under keys such as keccak256("node.name"), so that logic can be replaced
        without re-mapping anything (6.1.2). It never touches the ledger and no promise rests on it. In the
        registry's own instance only the factory writes, for the timelock.
"""

from modules import ledger

uses: ledger

addresses: HashMap[bytes32, address]
bools: HashMap[bytes32, bool]
words: HashMap[bytes32, bytes32]
bytes_: HashMap[bytes32, Bytes[1024]]
ints: HashMap[bytes32, int256]
strings: HashMap[bytes32, String[1024]]
uints: HashMap[bytes32, uint256]


@internal
@view
def _only_writer():
    if staticcall ledger.FACTORY.poolStorage() == self:
        ledger._only_factory()
    else:
        ledger._only_writer()


@view
@external
def getAddress(key: bytes32) -> address:
    """
    @notice The address kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.addresses[key]


@view
@external
def getBool(key: bytes32) -> bool:
    """
    @notice The bool kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.bools[key]


@view
@external
def getBytes32(key: bytes32) -> bytes32:
    """
    @notice The bytes32 kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.words[key]


@view
@external
def getBytes(key: bytes32) -> Bytes[1024]:
    """
    @notice The Bytes kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.bytes_[key]


@view
@external
def getInt(key: bytes32) -> int256:
    """
    @notice The int256 kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.ints[key]


@view
@external
def getString(key: bytes32) -> String[1024]:
    """
    @notice The String kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.strings[key]


@view
@external
def getUint(key: bytes32) -> uint256:
    """
    @notice The uint256 kept under a key; empty where there is none.
    @param key such as keccak256("node.name")
    @return what is kept, empty where nothing is
    """
    return self.uints[key]


@external
def setAddress(key: bytes32, data: address):
    """
    @notice Keeps a address under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.addresses[key] = data


@external
def setBool(key: bytes32, data: bool):
    """
    @notice Keeps a bool under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.bools[key] = data


@external
def setBytes32(key: bytes32, data: bytes32):
    """
    @notice Keeps a bytes32 under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.words[key] = data


@external
def setBytes(key: bytes32, data: Bytes[1024]):
    """
    @notice Keeps a Bytes under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.bytes_[key] = data


@external
def setInt(key: bytes32, data: int256):
    """
    @notice Keeps a int256 under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.ints[key] = data


@external
def setString(key: bytes32, data: String[1024]):
    """
    @notice Keeps a String under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.strings[key] = data


@external
def setUint(key: bytes32, data: uint256):
    """
    @notice Keeps a uint256 under a key. For logic.
    @param key such as keccak256("node.name")
    @param data what to keep
    """
    self._only_writer()
    self.uints[key] = data


@external
def deleteAddress(key: bytes32):
    """
    @notice Forgets the address under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.addresses[key] = empty(address)


@external
def deleteBool(key: bytes32):
    """
    @notice Forgets the bool under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.bools[key] = empty(bool)


@external
def deleteBytes32(key: bytes32):
    """
    @notice Forgets the bytes32 under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.words[key] = empty(bytes32)


@external
def deleteBytes(key: bytes32):
    """
    @notice Forgets the Bytes under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.bytes_[key] = empty(Bytes[1024])


@external
def deleteInt(key: bytes32):
    """
    @notice Forgets the int256 under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.ints[key] = empty(int256)


@external
def deleteString(key: bytes32):
    """
    @notice Forgets the String under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.strings[key] = empty(String[1024])


@external
def deleteUint(key: bytes32):
    """
    @notice Forgets the uint256 under a key. For logic.
    @param key such as keccak256("node.name")
    """
    self._only_writer()
    self.uints[key] = empty(uint256)
