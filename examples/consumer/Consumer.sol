// SPDX-License-Identifier: MIT
pragma solidity ^0.8.19;

import {Chainlink} from "@chainlink/contracts/src/v0.8/Chainlink.sol";
import {ChainlinkClient} from "@chainlink/contracts/src/v0.8/ChainlinkClient.sol";
import {LinkTokenInterface} from "@chainlink/contracts/src/v0.8/shared/interfaces/LinkTokenInterface.sol";

/// Asks an oracle for a number and keeps the answer. Whether the oracle is a Chainlink Operator or a
/// PoolStorage is a matter of one address: see `moveTo`. Payments in juels (10**18 = 1 LINK).
contract Consumer is ChainlinkClient {
  using Chainlink for Chainlink.Request;

  event Answered(bytes32 indexed id, address indexed oracle, uint256 number);

  address public immutable owner;
  address public oracle;
  bytes32 public job;
  uint256 public payment;

  bytes32 public latest;
  uint256 public number;
  uint256 public time;

  modifier onlyOwner() {
    require(msg.sender == owner, "consumer: not the owner");
    _;
  }

  /// `job_`: the job's id without dashes, as 32 letters.
  constructor(address link, address oracle_, bytes32 job_, uint256 payment_) {
    _setChainlinkToken(link);
    owner = msg.sender;
    oracle = oracle_;
    job = job_;
    payment = payment_;
  }

  /// Another oracle from now on. What was asked before may still be answered by the old one.
  function moveTo(address oracle_, bytes32 job_, uint256 payment_) external onlyOwner {
    oracle = oracle_;
    job = job_;
    payment = payment_;
  }

  /// The number at `path` ("data,price") of the JSON at `url`, times `times`.
  function ask(string calldata url, string calldata path, int256 times) external onlyOwner returns (bytes32) {
    Chainlink.Request memory request = _buildOperatorRequest(job, this.fulfil.selector);
    request._add("get", url);
    request._add("path", path);
    request._addInt("times", times);
    return _sendOperatorRequestTo(oracle, request, payment);
  }

  /// Only the oracle that was asked, once: ChainlinkClient checks it.
  function fulfil(bytes32 id, uint256 answer) external recordChainlinkFulfillment(id) {
    latest = id;
    number = answer;
    time = block.timestamp;
    emit Answered(id, msg.sender, answer);
  }

  /// Takes the payment of an unanswered request back, five minutes after it was asked.
  function cancel(bytes32 id, uint256 paid, uint256 expiration) external onlyOwner {
    _cancelChainlinkRequest(id, paid, this.fulfil.selector, expiration);
  }

  function withdraw(uint256 amount) external onlyOwner {
    require(LinkTokenInterface(_chainlinkTokenAddress()).transfer(owner, amount), "consumer: no LINK");
  }
}
