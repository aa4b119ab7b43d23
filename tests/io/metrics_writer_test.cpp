#include "train_backbone/io/metrics_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kAwkward = {0.1 + 0.2, 1.0 / 3.0, 5e-324, 1.7976931348623157e308, -0.0};

TEST(JsonlWriter, EachLineIsInTheFileAtOnceWithEveryBit) {
  const auto path = scratch_folder() / "metrics.jsonl";
  JsonlWriter writer(path, "step", kKeepNothing);
  for (size_t i = 0; i < kAwkward.size(); ++i) {
    writer.append({{"step", static_cast<int64_t>(i)}, {"loss", kAwkward[i]}});
    const std::vector<std::string> lines = read_lines(path);
    ASSERT_EQ(lines.size(), i + 1);
    const auto read = nlohmann::json::parse(lines.back()).at("loss").get<double>();
    EXPECT_EQ(read, kAwkward[i]);
    EXPECT_EQ(std::signbit(read), std::signbit(kAwkward[i]));
  }
}

TEST(JsonlWriter, KeepsTheOrderAndWritesNoInvalidJson) {
  const auto path = scratch_folder() / "metrics.jsonl";
  JsonlWriter writer(path, "step", kKeepNothing);
  writer.append({{"step", int64_t{1}}, {"b", kNan}, {"a", -kInfinity}, {"s", "x\n\"y\""}});
  writer.sync();
  EXPECT_EQ(slurp(path), "{\"step\":1,\"b\":null,\"a\":null,\"s\":\"x\\n\\\"y\\\"\"}\n");
}

TEST(JsonlWriter, AResumedFileIsThatOfAnUninterruptedRun) {
  const auto folder = scratch_folder();
  const auto write = [](JsonlWriter& writer, int64_t from, int64_t to) {
    for (int64_t step = from; step <= to; step += 10) {
      writer.append({{"step", step}, {"loss", 1.0 / static_cast<double>(step)}});
    }
  };
  JsonlWriter whole(folder / "whole", "step", kKeepNothing);
  write(whole, 10, 100);
  {
    JsonlWriter killed(folder / "resumed", "step", kKeepNothing);
    write(killed, 10, 70);
  }
  spill(folder / "resumed", slurp(folder / "resumed") + "{\"step\":80,\"lo");
  JsonlWriter resumed(folder / "resumed", "step", 40);
  write(resumed, 50, 100);
  EXPECT_EQ(slurp(folder / "resumed"), slurp(folder / "whole"));
}

TEST(JsonlWriter, LinesThatACrashTorAreDropped) {
  const auto path = scratch_folder() / "metrics.jsonl";
  spill(path, "{\"step\":1}\n" + std::string(3, '\0') +
                  "\n{\"step\":\n[1]\n{\"loss\":1}\n{\"step\":\"2\"}\n{\"step\":2}\n{\"step\":3}");
  const JsonlWriter writer(path, "step", 9);
  EXPECT_THAT(read_lines(path), testing::ElementsAre("{\"step\":1}", "{\"step\":2}"));
}

TEST(JsonlWriter, ANewRunBeginsAnew) {
  const auto path = scratch_folder() / "metrics.jsonl";
  spill(path, "{\"step\":1}\n");
  const JsonlWriter writer(path, "step", kKeepNothing);
  EXPECT_EQ(slurp(path), "");
}

TEST(CsvWriter, HasOneHeaderAndEveryBit) {
  const auto path = scratch_folder() / "metrics.csv";
  CsvWriter writer(path, {"epoch", "loss"}, kKeepNothing);
  for (size_t i = 0; i < kAwkward.size(); ++i) {
    writer.append({{"loss", kAwkward[i]}, {"epoch", static_cast<int64_t>(i)}});
  }
  const std::vector<std::string> lines = read_lines(path);
  ASSERT_EQ(lines.size(), kAwkward.size() + 1);
  EXPECT_EQ(lines[0], "epoch,loss");
  for (size_t i = 0; i < kAwkward.size(); ++i) {
    const double read = std::strtod(lines[i + 1].substr(2).c_str(), nullptr);
    EXPECT_EQ(read, kAwkward[i]);
    EXPECT_EQ(std::signbit(read), std::signbit(kAwkward[i]));
  }
}

TEST(CsvWriter, QuotesTextsAndLeavesOutWhatIsMissing) {
  const auto path = scratch_folder() / "metrics.csv";
  CsvWriter writer(path, {"epoch", "a", "b"}, kKeepNothing);
  writer.append({{"epoch", int64_t{1}}, {"b", "x,\"y\"\nz"}});
  writer.append({{"epoch", int64_t{2}}, {"a", kNan}, {"b", -kInfinity}});
  EXPECT_EQ(slurp(path), "epoch,a,b\n1,,\"x,\"\"y\"\" z\"\n2,nan,-inf\n");
  EXPECT_THAT(message_of<core::Error>([&] { writer.append({{"c", 1.0}}); }), HasSubstr("'c'"));
}

TEST(CsvWriter, AResumedFileIsThatOfAnUninterruptedRun) {
  const auto folder = scratch_folder();
  const auto write = [](CsvWriter& writer, int64_t from, int64_t to) {
    for (int64_t epoch = from; epoch <= to; ++epoch) {
      writer.append({{"epoch", epoch}, {"top1", 100.0 / static_cast<double>(epoch)}});
    }
  };
  CsvWriter whole(folder / "whole", {"epoch", "top1"}, kKeepNothing);
  write(whole, 1, 9);
  {
    CsvWriter killed(folder / "resumed", {"epoch", "top1"}, kKeepNothing);
    write(killed, 1, 6);
  }
  spill(folder / "resumed", slurp(folder / "resumed") + "7,12.");
  CsvWriter resumed(folder / "resumed", {"epoch", "top1"}, 4);
  write(resumed, 5, 9);
  EXPECT_EQ(slurp(folder / "resumed"), slurp(folder / "whole"));
}

TEST(CsvWriter, AnUnfinishedHeaderIsWrittenAgainAndOtherColumnsAreRefused) {
  const auto path = scratch_folder() / "metrics.csv";
  spill(path, "epoch,to");
  { const CsvWriter writer(path, {"epoch", "top1"}, 4); }
  EXPECT_EQ(slurp(path), "epoch,top1\n");
  EXPECT_THAT(
      message_of<core::DataError>([&] {
        CsvWriter(path, {"epoch", "top5"}, 4);
      }),
      testing::AllOf(HasSubstr(path.string()), HasSubstr("epoch,top1"), HasSubstr("epoch,top5")));
  EXPECT_EQ(slurp(path), "epoch,top1\n");
}

TEST(LineFile, AFullDiskIsADeviceError) {
  LineFile file(scratch_folder() / "lines", {"a"});
  const FileSizeLimit limit(100);
  EXPECT_NO_THROW(file.append("b"));
  EXPECT_THROW(file.append(std::string(200, 'c')), core::DeviceError);
}

}  // namespace
}  // namespace train_backbone::io
