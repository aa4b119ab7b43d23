#include "tests/comm/communicator_battery.h"

#include "comm/bfloat16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <thread>

namespace train_backbone::comm {
namespace {

// Values of very different magnitude, so that the order of their sum shows in its bits.
template <class Number>
std::vector<Number> values_of(int64_t rank, size_t count) {
  std::mt19937_64 random(static_cast<uint64_t>(rank) * 1000 + count);
  std::vector<Number> values(count);
  for (Number& value : values) {
    value = static_cast<Number>(std::ldexp(static_cast<double>(random() % 1000003) - 500000,
                                           static_cast<int>(random() % 40) - 20));
  }
  return values;
}

template <class Number>
std::vector<Number> sum_in_order(int64_t ranks, size_t count) {
  std::vector<Number> sum = values_of<Number>(0, count);
  for (int64_t rank = 1; rank < ranks; ++rank) {
    const std::vector<Number> other = values_of<Number>(rank, count);
    for (size_t i = 0; i < count; ++i) sum[i] += other[i];
  }
  return sum;
}

template <class Number>
void expect_ordered_sums(Communicator& communicator) {
  constexpr size_t kBeyondAPiece = (size_t{4} << 20) / sizeof(Number) + 7;
  for (const size_t count : {size_t{0}, size_t{1}, size_t{3}, size_t{1001}, kBeyondAPiece}) {
    std::vector<Number> values = values_of<Number>(communicator.rank(), count);
    communicator.all_reduce_sum(std::span<Number>(values));
    const auto expected = sum_in_order<Number>(communicator.world_size(), count);
    EXPECT_TRUE(count == 0 ||
                std::memcmp(values.data(), expected.data(), count * sizeof(Number)) == 0)
        << count << " values on rank " << communicator.rank();
  }
}

template <class Number>
void expect_scaled_sums(Communicator& communicator) {
  const Number third = Number{1} / Number{3};
  std::vector<Number> values = values_of<Number>(communicator.rank(), 1001);
  communicator.all_reduce(std::span<Number>(values), third);
  std::vector<Number> expected = sum_in_order<Number>(communicator.world_size(), 1001);
  for (Number& value : expected) value *= third;
  EXPECT_EQ(values, expected);
}

void expect_bfloat16_sums(Communicator& communicator) {
  constexpr size_t kCount = 1001;
  const auto rounded = [&](float value) {
    return communicator.world_size() == 1 ? value : from_bfloat16(to_bfloat16(value));
  };
  std::vector<float> expected(kCount);
  for (int64_t rank = 0; rank < communicator.world_size(); ++rank) {
    const std::vector<float> own = values_of<float>(rank, kCount);
    for (size_t i = 0; i < kCount; ++i) {
      expected[i] = rank == 0 ? rounded(own[i]) : expected[i] + rounded(own[i]);
    }
  }
  for (float& value : expected) value = rounded(value * 0.5F);
  std::vector<float> values = values_of<float>(communicator.rank(), kCount);
  communicator.all_reduce_bfloat16(values, 0.5F);
  EXPECT_EQ(values, expected);
}

void expect_cuts_change_nothing(Communicator& communicator) {
  constexpr size_t kCount = 1001;
  std::vector<float> cut = values_of<float>(communicator.rank(), kCount);
  for (size_t begin = 0; begin < kCount; begin += 100) {
    communicator.all_reduce_sum(
        std::span<float>(cut).subspan(begin, std::min<size_t>(100, kCount - begin)));
  }
  EXPECT_EQ(cut, sum_in_order<float>(communicator.world_size(), kCount));
}

void expect_broadcasts(Communicator& communicator) {
  for (int64_t root = 0; root < communicator.world_size(); ++root) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{5'000'001}}) {
      std::vector<std::byte> bytes(count, static_cast<std::byte>(communicator.rank() + 1));
      communicator.broadcast(bytes, root);
      EXPECT_EQ(bytes, std::vector<std::byte>(count, static_cast<std::byte>(root + 1)));
    }
  }
}

// Of different lengths, none among them, with a NUL within.
std::string text_of(int64_t rank) {
  return std::string(static_cast<size_t>(rank * 3), 'a') +
         (rank % 2 == 1 ? std::string(1, '\0') : "");
}

void expect_texts(Communicator& communicator) {
  const std::vector<std::string> all = communicator.all_gather(text_of(communicator.rank()));
  ASSERT_EQ(static_cast<int64_t>(all.size()), communicator.world_size());
  for (size_t rank = 0; rank < all.size(); ++rank) {
    EXPECT_EQ(all[rank], text_of(static_cast<int64_t>(rank)));
  }
}

}  // namespace

void expect_promises_kept(Communicator& communicator) {
  expect_ordered_sums<float>(communicator);
  expect_ordered_sums<double>(communicator);
  expect_scaled_sums<float>(communicator);
  expect_bfloat16_sums(communicator);
  expect_scaled_sums<double>(communicator);
  expect_cuts_change_nothing(communicator);
  expect_broadcasts(communicator);
  expect_texts(communicator);
  communicator.barrier();
  // A duplicate for another thread, at the same time.
  const std::unique_ptr<Communicator> other = communicator.duplicate();
  EXPECT_EQ(other->rank(), communicator.rank());
  EXPECT_EQ(other->world_size(), communicator.world_size());
  std::thread beside([&other] { expect_ordered_sums<float>(*other); });
  expect_ordered_sums<double>(communicator);
  beside.join();
  const std::unique_ptr<Communicator> third = other->duplicate();
  expect_texts(*third);
}

}  // namespace train_backbone::comm
