#include "train_backbone/comm/options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace train_backbone::comm {
namespace {

// The bounds of the numbers, by name.
class Bounds : public core::OptionVisitor {
 public:
  void option(bool& /*value*/, const core::OptionInfo& info) override { keep(info); }
  void option(int64_t& /*value*/, const core::OptionInfo& info) override { keep(info); }
  void option(double& /*value*/, const core::OptionInfo& info) override { keep(info); }
  void option(std::string& /*value*/, const core::OptionInfo& info) override { keep(info); }
  void option(std::optional<int64_t>& /*value*/, const core::OptionInfo& info) override {
    keep(info);
  }
  void option(std::optional<double>& /*value*/, const core::OptionInfo& info) override {
    keep(info);
  }
  [[nodiscard]] const core::Bound& of(const std::string& name) const { return bounds_.at(name); }

 private:
  void keep(const core::OptionInfo& info) { bounds_[std::string(info.name)] = info.bound; }
  std::map<std::string, core::Bound> bounds_;
};

// Below a second a busy machine looks like a dead one; the longest must fit a clock that counts
// nanoseconds.
TEST(CommOptions, TimeOutsAreSecondsFromOneToMonths) {
  CommOptions options;
  Bounds bounds;
  options.visit_options(bounds);
  for (const char* name : {"heartbeat_timeout", "progress_timeout"}) {
    SCOPED_TRACE(name);
    const core::Bound& bound = bounds.of(name);
    for (const double value : {1.0, 1.5, 30.0, 600.0, 86400.0, 1e7}) {
      EXPECT_TRUE(bound.contains(value)) << value;
    }
    for (const double value : {0.0, -1.0, 0.999, 1.1e7, 1e300, -1e300,
                               std::numeric_limits<double>::infinity(), std::nan("")}) {
      EXPECT_FALSE(bound.contains(value)) << value;
    }
  }
  EXPECT_TRUE(bounds.of("heartbeat_timeout").contains(options.heartbeat_timeout));
  EXPECT_TRUE(bounds.of("progress_timeout").contains(options.progress_timeout));
}

TEST(CommOptions, BucketsAreGivenInMebibytesAndMayBeFractions) {
  CommOptions options;
  EXPECT_EQ(options.bucket_bytes(), 25 * 1024 * 1024);
  options.bucket_mb = 0.5;
  EXPECT_EQ(options.bucket_bytes(), 512 * 1024);
}

}  // namespace
}  // namespace train_backbone::comm
