#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/comm/spy_communicator.h"
#include "tests/support/on_ranks.h"
#include "train_backbone/comm/gradient_reducer.h"
#include "train_backbone/core/errors.h"

// The bucketed reducer on three parameters, each a bucket: what it sends when, and what it does
// when something is wrong.
namespace train_backbone::comm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

struct Network {
  at::Tensor a = at::ones({16}).requires_grad_();
  at::Tensor b = at::ones({32}).requires_grad_();
  at::Tensor c = at::ones({48}).requires_grad_();
  ops::FlatArena arena{{{"a", a}, {"b", b}, {"c", c}}};

  [[nodiscard]] at::Tensor loss() const { return a.sum() + 2 * b.sum() + 3 * c.sum(); }
};

struct Watched {
  Network network;
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  std::unique_ptr<GradientReducer> reducer;

  explicit Watched(size_t failing_call = 0)
      : reducer(make_bucket_reducer(network.arena,
                                    std::make_unique<SpyCommunicator>(seen, failing_call), 1)) {}
};

// False when it takes half a minute.
bool reaches(const std::atomic<size_t>& count, size_t wanted) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (count < wanted) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(BucketReducer, ReducesDuringTheBackwardPassInTheOrderOfThePlan) {
  Watched watched;
  watched.reducer->begin(true);
  watched.network.loss().backward();
  EXPECT_TRUE(reaches(watched.seen->calls, 3)) << "nothing happens before finish()";
  watched.reducer->finish();
  EXPECT_THAT(watched.seen->sizes, ElementsAre(48, 32, 16));
  EXPECT_TRUE(at::equal(watched.network.b.grad(), at::ones({32})));  // 2, halved
}

TEST(BucketReducer, WaitsForTheBucketsBeforeWhateverTheOrderOfArrival) {
  Watched watched;
  watched.reducer->begin(true);
  // c alone waits for the longer way: a and b arrive before it.
  const Network& network = watched.network;
  at::Tensor long_way = network.c.sum();
  const at::Tensor short_way = network.a.sum() + network.b.sum();
  for (int i = 0; i < 5; ++i) long_way = long_way * 1;
  (long_way + short_way).backward();
  watched.reducer->finish();
  EXPECT_THAT(watched.seen->sizes, ElementsAre(48, 32, 16));
}

TEST(BucketReducer, OnlyTheLastMicroBatchReduces) {
  Watched watched;
  for (const bool last : {false, false, true}) {
    watched.reducer->begin(last);
    watched.network.loss().backward();
    watched.reducer->finish();
    EXPECT_EQ(watched.seen->calls, last ? 3U : 0U);
  }
  EXPECT_TRUE(at::equal(watched.network.a.grad(), at::full({16}, 1.5)));
}

// As behind a pass that was replayed.
TEST(BucketReducer, WithoutHooksReducesTheSameInTheSameOrder) {
  Watched watched;
  watched.network.loss().backward();
  EXPECT_EQ(watched.seen->calls, 0U);
  watched.reducer->reduce();
  EXPECT_THAT(watched.seen->sizes, ElementsAre(48, 32, 16));
  EXPECT_TRUE(at::equal(watched.network.b.grad(), at::ones({32})));
  watched.network.arena.zero_gradients();
  watched.reducer->begin(true);
  EXPECT_THROW(watched.reducer->reduce(), std::logic_error);
  watched.network.loss().backward();
  watched.reducer->finish();
  EXPECT_THAT(watched.seen->sizes, ElementsAre(48, 32, 16, 48, 32, 16));
  EXPECT_TRUE(at::equal(watched.network.b.grad(), at::ones({32})));
}

TEST(BucketReducer, NamesWhatWasNotReachedAndLeavesNoRankWaiting) {
  Network networks[2];
  std::string message;
  test::on_ranks(2, [&](std::unique_ptr<Communicator> communicator) {
    const bool lacks = communicator->rank() == 1;
    Network& network = networks[communicator->rank()];
    const auto reducer = make_bucket_reducer(network.arena, std::move(communicator), 1);
    reducer->begin(true);
    (lacks ? network.b.sum() : network.loss()).backward();
    try {
      reducer->finish();
    } catch (const std::logic_error& error) {
      if (lacks) message = error.what();
    }
  });
  EXPECT_THAT(message, AllOf(HasSubstr("'a', 'c'"), Not(HasSubstr("'b'"))));
  EXPECT_TRUE(at::equal(networks[0].a.grad(), at::full({16}, 0.5)));
  EXPECT_TRUE(at::equal(networks[1].c.grad(), at::full({48}, 1.5)));
  EXPECT_TRUE(at::equal(networks[0].b.grad(), at::full({32}, 1.5)));
}

// What a GPU's reducer asks of the ranks.
struct SpyRanks final : DeviceRanks {
  [[nodiscard]] int64_t world_size() const override { return 2; }
  void begin(const at::Tensor& tensor, Operation operation) override {
    EXPECT_EQ(operation, Operation::kMean);
    if (tensor.numel() == failing) throw core::DeviceError("a rank is gone");
    sizes.push_back(tensor.numel());
  }
  void join() override { sizes.push_back(-1); }
  void check() override {}

  std::vector<int64_t> sizes;
  int64_t failing = 0;
};

TEST(DeviceBucketReducer, BeginsBucketsInTheirOrderAndJoinsThemAtTheEnd) {
  Network network;
  SpyRanks ranks;
  const auto reducer = make_device_bucket_reducer(network.arena, ranks, 1);
  reducer->begin(true);
  network.loss().backward();
  EXPECT_THAT(ranks.sizes, ElementsAre(48, 32, 16));
  reducer->finish();
  EXPECT_THAT(ranks.sizes, ElementsAre(48, 32, 16, -1));
  reducer->reduce();
  EXPECT_THAT(ranks.sizes, ElementsAre(48, 32, 16, -1, 48, 32, 16, -1));
}

TEST(DeviceBucketReducer, AFailureComesOutOfTheBackwardPass) {
  Network network;
  SpyRanks ranks;
  ranks.failing = 32;
  const auto reducer = make_device_bucket_reducer(network.arena, ranks, 1);
  reducer->begin(true);
  EXPECT_THAT([&] { network.loss().backward(); },
              ThrowsMessage<core::DeviceError>(HasSubstr("a rank is gone")));
}

TEST(DeviceBucketReducer, ThroughTheHostIsTheInlineReducersMean) {
  test::on_ranks(3, [&](std::unique_ptr<Communicator> communicator) {
    const double factor = 0.1 * static_cast<double>(communicator->rank() + 1);
    Network network;
    Network reference;
    const auto inlined = make_inline_reducer(reference.arena, communicator->duplicate());
    const auto staged = make_staged_ranks(std::move(communicator));
    const auto reducer = make_device_bucket_reducer(network.arena, *staged, 1);
    for (const auto& [each, one] :
         {std::pair{reducer.get(), &network}, {inlined.get(), &reference}}) {
      each->begin(true);
      (factor * one->loss()).backward();
      each->finish();
    }
    EXPECT_TRUE(at::equal(network.arena.gradients(), reference.arena.gradients()));
  });
}

TEST(BucketReducer, AnErrorOfTheCommunicatorComesOutOfFinish) {
  Watched watched(/*failing_call=*/2);
  watched.reducer->begin(true);
  watched.network.loss().backward();
  EXPECT_THAT([&] { watched.reducer->finish(); },
              ThrowsMessage<core::DeviceError>(HasSubstr("rank 1 is gone")));
  EXPECT_EQ(watched.seen->calls, 2U);
  // It stays of no use.
  watched.reducer->begin(true);
  watched.network.loss().backward();
  EXPECT_THROW(watched.reducer->finish(), core::DeviceError);
  EXPECT_THROW(watched.reducer->reduce(), core::DeviceError);
  EXPECT_EQ(watched.seen->calls, 2U);
}

TEST(BucketReducer, RefusesWrongOrderOfCalls) {
  Watched watched;
  watched.reducer->begin(true);
  watched.network.loss().backward();
  EXPECT_THROW(watched.reducer->begin(true), std::logic_error);
  EXPECT_THAT([&] { watched.network.loss().backward(); },
              ThrowsMessage<std::logic_error>(HasSubstr("second backward pass")));
  watched.reducer->finish();
}

TEST(BucketReducer, IsForgottenByTheParametersWhenItIsGone) {
  Watched watched;
  const at::Tensor loss = watched.network.loss();  // its graph keeps what was hooked
  watched.reducer->begin(true);
  watched.reducer.reset();
  loss.backward();
  EXPECT_EQ(watched.seen->calls, 0U);
  EXPECT_TRUE(at::equal(watched.network.a.grad(), at::ones({16})));
}

TEST(InlineReducer, IsOneReductionOfAll) {
  Network network;
  const auto seen = std::make_shared<Seen>();
  const auto reducer = make_inline_reducer(network.arena, std::make_unique<SpyCommunicator>(seen));
  for (const bool last : {false, true}) {
    reducer->begin(last);
    network.loss().backward();
    reducer->finish();
  }
  EXPECT_THAT(seen->sizes, ElementsAre(96));
  EXPECT_TRUE(at::equal(network.c.grad(), at::full({48}, 3.0)));
  reducer->reduce();
  EXPECT_THAT(seen->sizes, ElementsAre(96, 96));
}

}  // namespace
}  // namespace train_backbone::comm
