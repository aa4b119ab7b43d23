#include "train_backbone/train/evaluator.h"
#include "train_backbone/core/errors.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/train/fake_batches.h"
#include "train_backbone/train/normalisation.h"

namespace train_backbone::train {
namespace {

// Answers class `sample number modulo 6`, counted over all batches, however they are cut.
class CountingModel : public models::Classifier {
 public:
  at::Tensor forward(const at::Tensor& images) override {
    EXPECT_FALSE(is_training());
    at::Tensor logits = at::zeros({images.size(0), 6});
    for (int64_t i = 0; i < images.size(0); ++i) logits[i][seen_++ % 6] = 10;
    return logits;
  }

 private:
  int64_t seen_ = 0;
};

// An empty batch, as damaged records leave it, before each of FakeBatches; counts what comes back.
class GappyBatches : public FakeBatches {
 public:
  using FakeBatches::FakeBatches;
  std::optional<data::Batch> next() override {
    gap_ = !gap_;
    if (gap_) return data::Batch{};
    return FakeBatches::next();
  }
  void recycle(data::Batch&& batch) override { returned_ += batch.size; }
  [[nodiscard]] int64_t returned() const { return returned_; }

 private:
  bool gap_ = false;
  int64_t returned_ = 0;
};

constexpr int64_t kRecords = 23;  // not a multiple of any batch size below
constexpr int64_t kClasses = 4;   // labels are record modulo 4

TEST(Evaluator, CountsEverySampleOnceForAnyBatchSize) {
  int64_t right = 0;
  for (int64_t record = 0; record < kRecords; ++record) right += record % 6 == record % 4 ? 1 : 0;
  for (const int64_t batch_size : {1, 5, 7, 22, 23, 100}) {
    CountingModel model;
    FakeBatches batches(kRecords, kClasses, batch_size, 0, kRecords);
    const auto meters = Evaluator(model, imagenet_normalisation()).evaluate(batches);
    ASSERT_TRUE(meters);
    EXPECT_EQ(meters->count, kRecords) << batch_size;
    EXPECT_EQ(meters->top1, right) << batch_size;
    // Plain cross-entropy: log(e^10 + 5) - 10 where right, log(e^10 + 5) where wrong.
    EXPECT_NEAR(meters->loss_sum,
                kRecords * std::log(std::exp(10.0) + 5) - 10.0 * static_cast<double>(right), 1e-3)
        << batch_size;
  }
}

TEST(Evaluator, PassesOverEmptyBatchesAndGivesTheOthersBack) {
  CountingModel model;
  GappyBatches batches(kRecords, kClasses, 5, 0, kRecords);
  const auto meters = Evaluator(model, imagenet_normalisation()).evaluate(batches);
  ASSERT_TRUE(meters);
  EXPECT_EQ(meters->count, kRecords);
  EXPECT_EQ(batches.returned(), kRecords);
}

// Batches without a picture, as when all their records are damaged.
class EmptyBatches : public data::BatchSource {
 public:
  std::optional<data::Batch> next() override {
    return left_-- > 0 ? std::optional(data::Batch{}) : std::nullopt;
  }
  [[nodiscard]] double seconds_waited() const override { return 0; }

 private:
  int left_ = 2;
};

TEST(Evaluator, NothingLeftToEvaluateIsAnError) {
  CountingModel model;
  EmptyBatches batches;
  EXPECT_THROW(Evaluator(model, imagenet_normalisation()).evaluate(batches), core::DataError);
}

TEST(Evaluator, LeavesTheModelInItsMode) {
  CountingModel model;
  model.train();
  FakeBatches batches(kRecords, kClasses, 5, 0, kRecords);
  Evaluator(model, imagenet_normalisation()).evaluate(batches);
  EXPECT_TRUE(model.is_training());
}

TEST(Evaluator, StopsBetweenBatchesWithoutAnAnswer) {
  CountingModel model;
  FakeBatches batches(kRecords, kClasses, 5, 0, kRecords);
  int64_t seen = 0;
  const auto meters = Evaluator(model, imagenet_normalisation())
                          .evaluate(
                              batches, [&] { return seen >= 10; },
                              [&](const EvaluatedBatch& evaluated) {
                                EXPECT_EQ(evaluated.logits.size(0), evaluated.batch.size);
                                EXPECT_EQ(evaluated.images.size(0), evaluated.batch.size);
                                seen += evaluated.batch.size;
                              });
  EXPECT_FALSE(meters);
  EXPECT_EQ(seen, 10);
}

}  // namespace
}  // namespace train_backbone::train
