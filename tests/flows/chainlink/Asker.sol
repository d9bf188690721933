// SPDX-License-Identifier: MIT
pragma solidity 0.8.19;

import {Chainlink} from "@chainlink/contracts/src/v0.8/Chainlink.sol";
import {ChainlinkClient} from "@chainlink/contracts/src/v0.8/ChainlinkClient.sol";

/// A consumer on Chainlink's own client: everything it sends and checks is theirs.
contract Asker is ChainlinkClient {
  using Chainlink for Chainlink.Request;

  bytes32 public lastId;
  uint256 public answers;
  uint256 public word;
  uint256 public second;
  bytes public text;

  /// Asked for inside the callback, once.
  address private nextOracle;

  /// Called inside the callback; what came of it.
  address private plannedTo;
  bytes private plannedData;
  bool public insideDone;
  bytes public insideResult;

  constructor(address link) {
    _setChainlinkToken(link);
  }

  /// oracleRequest with the parameters of a usual job; the answer is one word.
  function askWord(address oracle, bytes32 job, uint256 payment) public returns (bytes32) {
    Chainlink.Request memory request = _buildChainlinkRequest(job, address(this), this.takeWord.selector);
    request._add("get", "https://data.example.org/price?of=ETH&in=USD");
    request._add("path", "data,0,price");
    request._addInt("times", 100);
    lastId = _sendChainlinkRequestTo(oracle, request, payment);
    return lastId;
  }

  /// operatorRequest; the answer is two words behind the id.
  function askWords(address oracle, bytes32 job, uint256 payment) external returns (bytes32) {
    Chainlink.Request memory request = _buildOperatorRequest(job, this.takeWords.selector);
    request._add("get", "https://data.example.org/prices");
    request._addUint("limit", 2);
    lastId = _sendOperatorRequestTo(oracle, request, payment);
    return lastId;
  }

  /// Request data as given, in either form; the answer is bytes of any length.
  function askRaw(
    address oracle,
    bytes32 job,
    uint256 payment,
    bytes calldata data,
    bool single
  ) external returns (bytes32) {
    bytes4 back = single ? this.takeWord.selector : this.takeText.selector;
    Chainlink.Request memory request = _buildOperatorRequest(job, back);
    request._setBuffer(data);
    lastId = single
      ? _sendChainlinkRequestTo(oracle, request, payment)
      : _sendOperatorRequestTo(oracle, request, payment);
    return lastId;
  }

  function askAgainInside(address oracle) external {
    nextOracle = oracle;
  }

  function planInside(address to, bytes calldata data) external {
    plannedTo = to;
    plannedData = data;
  }

  function cancel(bytes32 id, uint256 payment, bytes4 back, uint256 expiration) external {
    _cancelChainlinkRequest(id, payment, back, expiration);
  }

  /// Any call in the consumer's own name.
  function act(address to, bytes calldata data) external {
    (bool done, bytes memory result) = to.call(data);
    if (!done) {
      assembly {
        revert(add(32, result), mload(result))
      }
    }
  }

  function takeWord(bytes32 id, uint256 value) external recordChainlinkFulfillment(id) {
    word = value;
    answers++;
    if (nextOracle != address(0)) {
      address oracle = nextOracle;
      nextOracle = address(0);
      askWord(oracle, "from inside", 10 ** 18);
    }
    if (plannedTo != address(0)) {
      (insideDone, insideResult) = plannedTo.call(plannedData);
    }
  }

  function takeWords(bytes32 id, uint256 one, uint256 two) external recordChainlinkFulfillment(id) {
    word = one;
    second = two;
    answers++;
  }

  function takeText(bytes32 id, bytes calldata value) external recordChainlinkFulfillment(id) {
    text = value;
    answers++;
  }
}
