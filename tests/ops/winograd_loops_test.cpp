#include "ops/winograd_loops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ops/winograd_shares.h"
#include "tests/support/hashed_values.h"

// Vectors of every width, whatever this CPU has: the compiler takes them apart.
namespace train_backbone::ops {
namespace {

constexpr WinogradShape kShape{.pictures = 2, .height = 5, .width = 7, .in = 21, .out = 37};

std::vector<float> floats(const std::string& name, int64_t count) {
  const std::vector<double> values = test::hashed_values(name, count);
  return {values.begin(), values.end()};
}

int64_t pixels() { return kShape.pictures * kShape.height * kShape.width; }

// Calls work(output pixel, input pixel, place in the window) for all that belong together.
template <class Work>
void for_pairs(const Work& work) {
  for (int64_t i = 0; i < pixels() * 9; ++i) {
    const int64_t y = i / 9 / kShape.width % kShape.height + i % 9 / 3 - 1;
    const int64_t x = i / 9 % kShape.width + i % 3 - 1;
    if (y < 0 || y >= kShape.height || x < 0 || x >= kShape.width) continue;
    const int64_t picture = i / 9 / (kShape.width * kShape.height);
    work(i / 9, (picture * kShape.height + y) * kShape.width + x, i % 9);
  }
}

struct Reference {
  std::vector<float> x = floats("x", pixels() * kShape.in);
  std::vector<float> weight = floats("weight", kShape.out * 9 * kShape.in);
  std::vector<float> dy = floats("dy", pixels() * kShape.out);
  std::vector<double> y = std::vector<double>(dy.size());
  std::vector<double> dx = std::vector<double>(x.size());
  std::vector<double> dw = std::vector<double>(weight.size());

  Reference() {
    for_pairs([&](int64_t to, int64_t from, int64_t place) {
      for (int64_t i = 0; i < kShape.in * kShape.out; ++i) {
        const auto o = static_cast<size_t>(to * kShape.out + i / kShape.in);
        const auto c = static_cast<size_t>(from * kShape.in + i % kShape.in);
        const auto w = static_cast<size_t>((i / kShape.in * 9 + place) * kShape.in + i % kShape.in);
        y[o] += static_cast<double>(x[c]) * static_cast<double>(weight[w]);
        dx[c] += static_cast<double>(dy[o]) * static_cast<double>(weight[w]);
        dw[w] += static_cast<double>(dy[o]) * static_cast<double>(x[c]);
      }
    });
  }
};

void expect_near(const std::vector<float>& own, const std::vector<double>& exact) {
  for (size_t i = 0; i < exact.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(own[i]), exact[i], 2e-5) << i;
  }
}

template <int64_t kLanes>
void expect_equal(int64_t threads) {
  const Reference reference;
  const auto vector = [](int64_t size) {
    return std::vector<float>(static_cast<size_t>(size), NAN);
  };
  std::vector<float> memory = vector(winograd_workspace_size(kShape.in, kShape.out));

  std::vector<float> windows = vector(winograd_windows_size(kShape.in, kShape.out));
  winograd::windows_of<kLanes>(reference.weight.data(), kShape.in, kShape.out,
                               {0, groups_of(kShape.out)}, windows.data());
  std::vector<float> y = vector(pixels() * kShape.out);
  const WinogradShares forward(kShape.tiles(), 5, groups_of(kShape.out), threads);
  for (int64_t i = 0; i < forward.count(); ++i) {
    winograd::convolve<kLanes>(reference.x.data(), windows.data(), kShape, forward.of(i),
                               memory.data(), y.data());
  }
  expect_near(y, reference.y);

  const WinogradShape turned{.pictures = kShape.pictures,
                             .height = kShape.height,
                             .width = kShape.width,
                             .in = kShape.out,
                             .out = kShape.in};
  windows = vector(winograd_windows_size(turned.in, turned.out));
  winograd::turned_windows_of<kLanes>(reference.weight.data(), kShape.in, kShape.out,
                                      {0, groups_of(kShape.in)}, windows.data());
  std::vector<float> dx = vector(pixels() * kShape.in);
  winograd::convolve<kLanes>(reference.dy.data(), windows.data(), turned,
                             {{0, turned.tiles()}, {0, groups_of(turned.out)}}, memory.data(),
                             dx.data());
  expect_near(dx, reference.dx);

  const WinogradShares backward(kShape.tiles(), 9, groups_of(kShape.in), threads);
  const int64_t size = winograd_sums_size(kShape.in, kShape.out);
  std::vector<float> sums = vector(backward.parts() * size);
  for (int64_t i = 0; i < backward.count(); ++i) {
    winograd::gradient_sums<kLanes>(reference.x.data(), reference.dy.data(), kShape, backward.of(i),
                                    memory.data(), sums.data() + backward.part_of(i) * size);
  }
  std::vector<float> dw = vector(kShape.out * 9 * kShape.in);
  winograd::weight_gradient<kLanes>(sums.data(), backward.parts(), kShape.in, kShape.out,
                                    {0, kShape.out}, dw.data());
  expect_near(dw, reference.dw);
}

TEST(WinogradLoops, EqualTheDefinitionWithEveryWidthOfVectors) {
  expect_equal<4>(1);
  expect_equal<8>(1);
  expect_equal<16>(1);
}

TEST(WinogradLoops, EqualTheDefinitionHoweverTheWorkIsDivided) {
  expect_equal<4>(3);
  expect_equal<8>(9);
  expect_equal<16>(64);
}

TEST(WinogradShares, CoverAllTilesAndGroupsOnce) {
  for (const int64_t threads : {1, 2, 5, 16}) {
    for (const int64_t tiles : {1, 7, 100}) {
      const WinogradShares shares(tiles, 10, 3, threads);
      EXPECT_LE(shares.count(), threads);
      std::vector<int> visits(static_cast<size_t>(tiles * 3));
      for (int64_t i = 0; i < shares.count(); ++i) {
        const WinogradShare share = shares.of(i);
        EXPECT_LT(shares.part_of(i), shares.parts());
        for (int64_t tile = share.tiles.begin; tile < share.tiles.end; ++tile) {
          for (int64_t group = share.groups.begin; group < share.groups.end; ++group) {
            ++visits[static_cast<size_t>(tile * 3 + group)];
          }
        }
      }
      EXPECT_EQ(visits, std::vector<int>(visits.size(), 1));
    }
  }
}

TEST(WinogradShares, FewTilesAreDividedByTheirChannels) {
  EXPECT_EQ(WinogradShares(100, 10, 4, 8).parts(), 8);
  EXPECT_EQ(WinogradShares(20, 10, 4, 8).parts(), 2);
  EXPECT_EQ(WinogradShares(20, 10, 4, 8).count(), 8);
  EXPECT_EQ(WinogradShares(1, 10, 4, 8).count(), 4);
}

}  // namespace
}  // namespace train_backbone::ops
