#include "train_backbone/data/batch/padded_source.h"

#include <gtest/gtest.h>

namespace train_backbone::data {
namespace {

// Batches of one sample each.
class Counted final : public BatchSource {
 public:
  explicit Counted(int batches) : left_(batches) {}
  std::optional<Batch> next() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    Batch batch;
    batch.size = 1;
    return batch;
  }
  [[nodiscard]] double seconds_waited() const override { return 0; }

 private:
  int left_;
};

std::vector<int64_t> sizes(BatchSource& source) {
  std::vector<int64_t> all;
  while (const auto batch = source.next()) all.push_back(batch->size);
  return all;
}

TEST(PaddedSource, EmptyBatchesFollowUntilThereAreEnough) {
  PaddedSource source(std::make_unique<Counted>(2), 4);
  EXPECT_EQ(sizes(source), (std::vector<int64_t>{1, 1, 0, 0}));
  EXPECT_FALSE(source.next().has_value());
}

TEST(PaddedSource, EnoughBatchesStayAsTheyAre) {
  PaddedSource same(std::make_unique<Counted>(2), 2);
  EXPECT_EQ(sizes(same), (std::vector<int64_t>{1, 1}));
  PaddedSource more(std::make_unique<Counted>(3), 2);
  EXPECT_EQ(sizes(more), (std::vector<int64_t>{1, 1, 1}));
}

TEST(PaddedSource, NoneOfItsOwnAreAllEmpty) {
  PaddedSource source(std::make_unique<Counted>(0), 3);
  EXPECT_EQ(sizes(source), (std::vector<int64_t>{0, 0, 0}));
}

}  // namespace
}  // namespace train_backbone::data
