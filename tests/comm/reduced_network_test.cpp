#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/comm/replica.h"
#include "tests/support/on_ranks.h"
#include "train_backbone/comm/gradient_reducer.h"

// The bucketed reducer against the plain one, bit for bit, on a real network.
namespace train_backbone::comm {
namespace {

constexpr int64_t kBucketBytes = 1 << 20;  // some thirty buckets
constexpr int64_t kImages = 2;             // of a micro-batch of one rank

struct Case {
  int64_t world = 2;
  int64_t micro_batches = 1;
};

using MakeReducer = std::unique_ptr<GradientReducer> (*)(const ops::FlatArena&,
                                                         std::unique_ptr<Communicator>);

std::unique_ptr<GradientReducer> make_buckets(const ops::FlatArena& arena,
                                              std::unique_ptr<Communicator> communicator) {
  return make_bucket_reducer(arena, std::move(communicator), kBucketBytes);
}

// The reduced gradients of each rank.
std::vector<at::Tensor> reduced(const Case& test_case, MakeReducer make_reducer) {
  std::vector<at::Tensor> gradients(static_cast<size_t>(test_case.world));
  test::on_ranks(test_case.world, [&](std::unique_ptr<Communicator> communicator) {
    const int64_t rank = communicator->rank();
    Replica replica(
        {.model = "resnet18v1_b", .images = kImages * test_case.world * test_case.micro_batches});
    const auto reducer = make_reducer(replica.arena(), std::move(communicator));
    for (int64_t i = 0; i < test_case.micro_batches; ++i) {
      const int64_t first = (rank * test_case.micro_batches + i) * kImages;
      const at::Tensor loss = replica.loss(first, first + kImages);
      reducer->begin(i + 1 == test_case.micro_batches);
      loss.backward();
      reducer->finish();
    }
    gradients[static_cast<size_t>(rank)] = replica.arena().gradients().clone();
  });
  return gradients;
}

class ReducedNetwork : public testing::TestWithParam<Case> {};

TEST_P(ReducedNetwork, BucketsGiveTheBitsOfOneReduction) {
  const auto plain = reduced(GetParam(), make_inline_reducer);
  const auto bucketed = reduced(GetParam(), make_buckets);
  for (size_t rank = 0; rank < plain.size(); ++rank) {
    EXPECT_TRUE(at::equal(plain[rank], plain[0])) << "rank " << rank;
    EXPECT_TRUE(at::equal(bucketed[rank], plain[0])) << "rank " << rank;
  }
  EXPECT_GT(plain[0].norm().item<double>(), 0.1);
}

INSTANTIATE_TEST_SUITE_P(Worlds, ReducedNetwork,
                         testing::Values(Case{2, 1}, Case{4, 1}, Case{2, 2}, Case{4, 2}),
                         [](const auto& parameter) {
                           return std::to_string(parameter.param.world) + "Ranks" +
                                  std::to_string(parameter.param.micro_batches) + "MicroBatches";
                         });

}  // namespace
}  // namespace train_backbone::comm
