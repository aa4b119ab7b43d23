#include "comm/exchange_communicator.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace train_backbone::comm {
namespace {

using Outgoing = std::vector<std::span<const std::byte>>;
using Incoming = std::vector<std::span<std::byte>>;

// Elements of one piece: what the ranks exchange at a time, so that little memory is needed.
constexpr size_t kPieceBytes = size_t{4} << 20;

// Part `rank` of `count` elements.
struct Part {
  size_t begin = 0;
  size_t size = 0;
};
Part part_of(size_t count, size_t rank, size_t ranks) {
  const size_t begin = count * rank / ranks;
  return {begin, count * (rank + 1) / ranks - begin};
}

template <class Number>
std::span<std::byte> bytes_of(std::span<Number> values, Part part) {
  return std::as_writable_bytes(values.subspan(part.begin, part.size));
}

// Each rank adds up its own part of all ranks' values, in the order of the ranks, and hands the sum
// to all.
template <class Number>
void reduce_piece(Exchange& exchange, std::span<Number> values, std::vector<std::byte>& scratch) {
  const auto ranks = static_cast<size_t>(exchange.world_size());
  const auto rank = static_cast<size_t>(exchange.rank());
  const Part own = part_of(values.size(), rank, ranks);
  scratch.resize(ranks * own.size * sizeof(Number));
  const std::span<Number> received(reinterpret_cast<Number*>(scratch.data()), ranks * own.size);
  Outgoing outgoing(ranks);
  Incoming incoming(ranks);
  for (size_t i = 0; i < ranks; ++i) {
    outgoing[i] = bytes_of(values, part_of(values.size(), i, ranks));
    incoming[i] = bytes_of(received, {i * own.size, own.size});
  }
  exchange.exchange(outgoing, incoming);
  Number* sum = values.data() + own.begin;
  std::copy_n(received.data(), own.size, sum);
  for (size_t i = 1; i < ranks; ++i) {
    const Number* other = received.data() + i * own.size;
    for (size_t k = 0; k < own.size; ++k) sum[k] += other[k];
  }
  // The own part is there already.
  for (size_t i = 0; i < ranks; ++i) {
    outgoing[i] = i == rank ? std::span<std::byte>() : bytes_of(values, own);
    incoming[i] =
        i == rank ? std::span<std::byte>() : bytes_of(values, part_of(values.size(), i, ranks));
  }
  exchange.exchange(outgoing, incoming);
}

template <class Number>
void reduce(Exchange& exchange, std::span<Number> values, std::vector<std::byte>& scratch) {
  constexpr size_t kPiece = kPieceBytes / sizeof(Number);
  for (size_t begin = 0; begin < values.size(); begin += kPiece) {
    reduce_piece(exchange, values.subspan(begin, std::min(kPiece, values.size() - begin)), scratch);
  }
}

}  // namespace

void ExchangeCommunicator::all_reduce_sum(std::span<float> values) {
  reduce(*exchange_, values, scratch_);
}

void ExchangeCommunicator::all_reduce_sum(std::span<double> values) {
  reduce(*exchange_, values, scratch_);
}

void ExchangeCommunicator::broadcast(std::span<std::byte> bytes, int64_t root) {
  const auto ranks = static_cast<size_t>(world_size());
  for (size_t begin = 0; begin < bytes.size(); begin += kPieceBytes) {
    const auto piece = bytes.subspan(begin, std::min(kPieceBytes, bytes.size() - begin));
    Outgoing outgoing(ranks);
    Incoming incoming(ranks);
    if (rank() == root) {
      std::fill(outgoing.begin(), outgoing.end(), piece);
      outgoing[static_cast<size_t>(root)] = {};
    } else {
      incoming[static_cast<size_t>(root)] = piece;
    }
    exchange_->exchange(outgoing, incoming);
  }
}

std::vector<std::string> ExchangeCommunicator::all_gather(std::string_view own) {
  const auto ranks = static_cast<size_t>(world_size());
  std::array<uint64_t, 1> size{own.size()};
  std::vector<uint64_t> sizes(ranks);
  Outgoing outgoing(ranks, std::as_bytes(std::span(size)));
  Incoming incoming(ranks);
  for (size_t i = 0; i < ranks; ++i) {
    incoming[i] = std::as_writable_bytes(std::span(sizes).subspan(i, 1));
  }
  exchange_->exchange(outgoing, incoming);
  std::vector<std::string> texts(ranks);
  for (size_t i = 0; i < ranks; ++i) {
    texts[i].resize(sizes[i]);
    outgoing[i] = std::as_bytes(std::span(own));
    incoming[i] = std::as_writable_bytes(std::span(texts[i]));
  }
  exchange_->exchange(outgoing, incoming);
  return texts;
}

// Everyone has heard from everyone.
void ExchangeCommunicator::barrier() { all_gather({}); }

}  // namespace train_backbone::comm
