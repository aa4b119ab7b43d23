#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "train_backbone/config/option_table.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/data/options.h"

// --workers auto: a whole number whose 0 has a word.
namespace train_backbone::config {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

int64_t workers_of(const std::string& text, std::string* toml = nullptr) {
  data::DataOptions options;
  options.workers = 5;
  const OptionTable table({{.title = "Data", .options = &options}});
  table.assign({{"workers", text, Source::kCommandLine}});
  if (toml != nullptr) *toml = table.resolved("").toml;
  return options.workers;
}

TEST(WordForZero, IsAcceptedBesideNumbers) {
  EXPECT_EQ(workers_of("auto"), 0);
  EXPECT_EQ(workers_of("Auto"), 0);
  EXPECT_EQ(workers_of("0"), 0);
  EXPECT_EQ(workers_of("3"), 3);
}

TEST(WordForZero, IsWhatTheDumpSays) {
  std::string toml;
  workers_of("0", &toml);
  EXPECT_THAT(toml, HasSubstr("workers = \"auto\"  # command line"));
  workers_of("3", &toml);
  EXPECT_THAT(toml, HasSubstr("workers = 3  # command line"));
}

TEST(WordForZero, AnotherWordIsAnError) {
  EXPECT_THAT([] { workers_of("all"); },
              ThrowsMessage<core::UsageError>("--workers all: must be a whole number or auto"));
}

}  // namespace
}  // namespace train_backbone::config
