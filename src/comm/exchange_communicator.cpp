#include "comm/exchange_communicator.h"

#include <algorithm>
#include <array>

#include "comm/bfloat16.h"

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

// Sum of the ranks' values in their order, times `scale`, into `sum`, which may be one of them. The
// first rank's values are used up. (ivdep: an element depends on those of its own index alone.)
template <class Number>
void add_up(std::span<Number* const> of_rank, Number scale, std::span<Number> sum) {
  const size_t count = sum.size();
  Number* const to = sum.data();
  Number* const first = of_rank.front();
  for (size_t i = 1; i + 1 < of_rank.size(); ++i) {
    const Number* const more = of_rank[i];
#pragma GCC ivdep
    for (size_t k = 0; k < count; ++k) first[k] += more[k];
  }
  const Number* const last = of_rank.back();
  if (of_rank.size() == 1) {
#pragma GCC ivdep
    for (size_t k = 0; k < count; ++k) to[k] = last[k] * scale;
  } else {
#pragma GCC ivdep
    for (size_t k = 0; k < count; ++k) to[k] = (first[k] + last[k]) * scale;
  }
}

// As above, of values that travel as bfloat16.
void add_up(std::span<uint16_t* const> of_rank, float scale, std::span<uint16_t> sum) {
  for (size_t k = 0; k < sum.size(); ++k) {
    float total = from_bfloat16(of_rank.front()[k]);
    for (size_t i = 1; i < of_rank.size(); ++i) total += from_bfloat16(of_rank[i][k]);
    sum[k] = to_bfloat16(total * scale);
  }
}

// Each rank adds up its own part of all ranks' values and hands the result to all.
template <class Number, class Scale>
void reduce_piece(Exchange& exchange, std::span<Number> values, Scale scale,
                  std::vector<std::byte>& scratch) {
  const auto ranks = static_cast<size_t>(exchange.world_size());
  const auto rank = static_cast<size_t>(exchange.rank());
  const Part own = part_of(values.size(), rank, ranks);
  scratch.resize(ranks * own.size * sizeof(Number));
  const std::span<Number> received(reinterpret_cast<Number*>(scratch.data()), ranks * own.size);
  std::vector<Number*> of_rank(ranks);
  Outgoing outgoing(ranks);
  Incoming incoming(ranks);
  for (size_t i = 0; i < ranks; ++i) {
    if (i == rank) {
      of_rank[i] = values.data() + own.begin;
      continue;
    }
    of_rank[i] = received.data() + i * own.size;
    outgoing[i] = bytes_of(values, part_of(values.size(), i, ranks));
    incoming[i] = bytes_of(received, {i * own.size, own.size});
  }
  exchange.exchange(outgoing, incoming);
  add_up(std::span<Number* const>(of_rank), scale, values.subspan(own.begin, own.size));
  for (size_t i = 0; i < ranks; ++i) {
    if (i == rank) continue;
    outgoing[i] = bytes_of(values, own);
    incoming[i] = bytes_of(values, part_of(values.size(), i, ranks));
  }
  exchange.exchange(outgoing, incoming);
}

template <class Number, class Scale>
void reduce(Exchange& exchange, std::span<Number> values, Scale scale,
            std::vector<std::byte>& scratch) {
  constexpr size_t kPiece = kPieceBytes / sizeof(Number);
  for (size_t begin = 0; begin < values.size(); begin += kPiece) {
    const auto piece = values.subspan(begin, std::min(kPiece, values.size() - begin));
    reduce_piece(exchange, piece, scale, scratch);
  }
}

}  // namespace

void ExchangeCommunicator::all_reduce(std::span<float> values, float scale) {
  reduce(*exchange_, values, scale, scratch_);
}

void ExchangeCommunicator::all_reduce(std::span<double> values, double scale) {
  reduce(*exchange_, values, scale, scratch_);
}

void ExchangeCommunicator::all_reduce_bfloat16(std::span<float> values, float scale) {
  if (world_size() == 1) {
    all_reduce(values, scale);
    return;
  }
  wire_.resize(values.size());
  std::transform(values.begin(), values.end(), wire_.begin(), to_bfloat16);
  reduce(*exchange_, std::span(wire_), scale, scratch_);
  std::transform(wire_.begin(), wire_.end(), values.begin(), from_bfloat16);
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
