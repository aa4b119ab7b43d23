#include "comm/nccl_ranks.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <vector>

#include "comm/sums_wait.h"
#include "tests/comm/on_threads.h"
#include "train_backbone/comm/lost_peer.h"
#include "train_backbone/comm/thread_ranks.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::comm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using Answer = NcclLibrary::Answer;
using State = NcclLibrary::State;

constexpr std::chrono::milliseconds kShort(30);
const NcclRanks::Limits kLimits{.init = kShort, .call = kShort, .end = kShort};

// What the fake was asked, and what it is to answer; outlives it.
struct Script {
  std::vector<std::string> calls;
  Answer id{};
  Answer init{};
  Answer reduce{};
  Answer finalize{};
  std::deque<Answer> states;  // the last one for ever

  Answer next_state() {
    if (states.empty()) return {};
    const Answer answer = states.front();
    if (states.size() > 1) states.pop_front();
    return answer;
  }
};

// NCCL's functions without GPUs: doubles the numbers, as two equal ranks would.
class FakeNccl final : public NcclLibrary {
 public:
  explicit FakeNccl(Script& script) : script_(script) {}

  Answer make_id(std::string& id) override {
    id = std::string("an\0id", 5);
    return script_.id;
  }
  Answer begin_init(const std::string& id, int64_t rank, int64_t world_size) override {
    note("init " + std::to_string(id.size()) + " " + std::to_string(rank) + "/" +
         std::to_string(world_size));
    return script_.init;
  }
  Answer state() override { return script_.next_state(); }
  Answer begin_all_reduce(void* values, int64_t count, Number number, bool mean) override {
    note(std::string(mean ? "mean " : "sum ") + std::to_string(count));
    for (int64_t i = 0; i < count && !mean; ++i) {
      if (number == Number::kFloat) {
        static_cast<float*>(values)[i] *= 2;
      } else {
        static_cast<double*>(values)[i] *= 2;
      }
    }
    return script_.reduce;
  }
  void join() override { note("join"); }
  Answer begin_finalize() override {
    note("finalize");
    return script_.finalize;
  }
  void abort() override { note("abort"); }

 private:
  void note(std::string call) { script_.calls.push_back(std::move(call)); }

  Script& script_;
};

class NcclRanksTest : public ::testing::Test {
 protected:
  std::unique_ptr<NcclRanks> make() {
    return std::make_unique<NcclRanks>(*control_, std::make_unique<FakeNccl>(script_), kLimits);
  }
  Script script_;
  std::vector<std::unique_ptr<Communicator>> ranks_ = make_thread_ranks(1);
  Communicator* control_ = ranks_.front().get();
};

const Answer kInProgress{.state = State::kInProgress, .error = {}};
Answer failed(const char* text) { return {.state = State::kFailed, .error = text}; }

TEST_F(NcclRanksTest, WaitsForWhatIsInProgress) {
  script_.init = kInProgress;
  script_.states = {kInProgress, kInProgress, {}};
  const auto ranks = make();
  script_.reduce = kInProgress;
  script_.states = {kInProgress, {}};
  const at::Tensor floats = at::full({3}, 1.5);
  const at::Tensor doubles = at::full({2}, 0.25, at::kDouble);
  ranks->begin(floats, DeviceRanks::Operation::kSum);
  ranks->begin(doubles, DeviceRanks::Operation::kSum);
  ranks->begin(floats, DeviceRanks::Operation::kMean);
  ranks->join();
  EXPECT_TRUE(at::equal(floats, at::full({3}, 3.0)));
  EXPECT_TRUE(at::equal(doubles, at::full({2}, 0.5, at::kDouble)));
  EXPECT_THAT(script_.calls, ElementsAre("init 5 0/1", "sum 3", "sum 2", "mean 3", "join"));
}

TEST_F(NcclRanksTest, PartsInOrder) {
  script_.finalize = kInProgress;
  script_.states = {kInProgress, {}};
  make().reset();
  EXPECT_THAT(script_.calls, ElementsAre("init 5 0/1", "finalize"));
}

TEST_F(NcclRanksTest, GivesUpMeetingInTime) {
  script_.init = kInProgress;
  script_.states = {kInProgress};
  EXPECT_THAT([&] { make(); },
              ThrowsMessage<core::DeviceError>(
                  AllOf(HasSubstr("did not meet within 0.03 s"), HasSubstr("NCCL_SOCKET_IFNAME"))));
  EXPECT_THAT(script_.calls, ElementsAre("init 5 0/1", "abort"));
}

TEST_F(NcclRanksTest, SaysWhatNcclSaid) {
  script_.id = failed("no network");
  EXPECT_THAT([&] { make(); }, ThrowsMessage<core::DeviceError>(HasSubstr("no network")));
  script_.id = {};
  script_.init = failed("two ranks on one GPU");
  EXPECT_THAT([&] { make(); }, ThrowsMessage<core::DeviceError>(HasSubstr("two ranks on one GPU")));
}

TEST_F(NcclRanksTest, WaitsForSumsAsLongAsTheRanksAreThere) {
  const auto ranks = make();
  int asked = 0;
  wait_until([&] { return ++asked == 3; }, *ranks, std::chrono::minutes(1));
  EXPECT_EQ(asked, 3);
  EXPECT_THAT([&] { wait_until([] { return false; }, *ranks, kShort); },
              ThrowsMessage<LostPeer>(HasSubstr("did not come to an end within 0.03 s")));
  script_.states = {failed("remote process exited")};
  EXPECT_THAT([&] { wait_until([] { return false; }, *ranks, std::chrono::minutes(1)); },
              ThrowsMessage<LostPeer>(HasSubstr("remote process exited")));
}

TEST_F(NcclRanksTest, ConnectsWithAValueAndWithABucket) {
  const auto ranks = make();
  const at::Tensor zeros = at::zeros({100});
  connect(*ranks, zeros, 40 * static_cast<int64_t>(sizeof(float)));
  connect(*ranks, zeros, 1000 * static_cast<int64_t>(sizeof(float)));
  EXPECT_THAT(script_.calls, ElementsAre("init 5 0/1", "sum 1", "join", "sum 40", "join", "sum 1",
                                         "join", "sum 100", "join"));
}

TEST_F(NcclRanksTest, SaysWhatAGpuThatIsFullNeeds) {
  const auto ranks = make();
  const at::Tensor values = at::zeros({1});
  script_.reduce = failed("unhandled cuda error");
  EXPECT_THAT(
      [&] { ranks->begin(values, DeviceRanks::Operation::kSum); },
      ThrowsMessage<LostPeer>(AllOf(HasSubstr("unhandled cuda error"), HasSubstr("--batch_size"))));
}

TEST_F(NcclRanksTest, AbortsOnceWhenARankIsLost) {
  const auto ranks = make();
  EXPECT_NO_THROW(ranks->check());
  script_.states = {failed("remote process exited")};
  EXPECT_THAT([&] { ranks->check(); }, ThrowsMessage<LostPeer>(HasSubstr("remote process exited")));
  script_.states.clear();
  const at::Tensor values = at::zeros({1});
  EXPECT_THROW(ranks->check(), LostPeer);
  EXPECT_THROW(ranks->join(), LostPeer);
  EXPECT_THROW(ranks->begin(values, DeviceRanks::Operation::kSum), LostPeer);
  EXPECT_THAT(script_.calls, ElementsAre("init 5 0/1", "abort"));
}

TEST_F(NcclRanksTest, AReductionThatDoesNotBeginIsAborted) {
  const auto ranks = make();
  script_.reduce = kInProgress;
  script_.states = {kInProgress};
  const at::Tensor values = at::zeros({4});
  EXPECT_THAT([&] { ranks->begin(values, DeviceRanks::Operation::kMean); },
              ThrowsMessage<core::DeviceError>(HasSubstr("did not begin within")));
  EXPECT_EQ(script_.calls.back(), "abort");
}

// A rank that is slow to part costs a warning, not the run.
TEST_F(NcclRanksTest, NeverThrowsAtTheEnd) {
  auto ranks = make();
  script_.finalize = kInProgress;
  script_.states = {kInProgress};
  EXPECT_NO_THROW(ranks.reset());
  EXPECT_EQ(script_.calls.back(), "abort");
}

TEST_F(NcclRanksTest, RefusesOtherTensors) {
  const auto ranks = make();
  EXPECT_THROW(ranks->begin(at::zeros({2}, at::kLong), DeviceRanks::Operation::kSum),
               std::invalid_argument);
  EXPECT_THROW(ranks->begin(at::zeros({4, 4}).t(), DeviceRanks::Operation::kSum),
               std::invalid_argument);
}

// The first rank's id reaches all; what fails on one fails on all.
TEST(NcclRanksOfTwo, MeetByTheFirstOnesId) {
  std::vector<Script> scripts(2);
  scripts[0].init = kInProgress;
  scripts[0].states = {kInProgress, {}};
  const auto controls = make_thread_ranks(2);
  on_threads(2, [&](int64_t rank) {
    Script& script = scripts[static_cast<size_t>(rank)];
    const NcclRanks ranks(*controls[static_cast<size_t>(rank)], std::make_unique<FakeNccl>(script),
                          kLimits);
    EXPECT_EQ(ranks.world_size(), 2);
  });
  EXPECT_THAT(scripts[0].calls, ElementsAre("init 5 0/2", "finalize"));
  EXPECT_THAT(scripts[1].calls, ElementsAre("init 5 1/2", "finalize"));
}

TEST(NcclRanksOfTwo, FailTogether) {
  std::vector<Script> scripts(2);
  scripts[1].init = failed("no GPU left");
  const auto controls = make_thread_ranks(2);
  on_threads(2, [&](int64_t rank) {
    Script& script = scripts[static_cast<size_t>(rank)];
    try {
      const NcclRanks ranks(*controls[static_cast<size_t>(rank)],
                            std::make_unique<FakeNccl>(script), kLimits);
      ADD_FAILURE() << "rank " << rank << " has met nobody";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.code(), core::ExitCode::kDevice);
      EXPECT_THAT(error.what(), HasSubstr("no GPU left"));
    }
  });
}

}  // namespace
}  // namespace train_backbone::comm
