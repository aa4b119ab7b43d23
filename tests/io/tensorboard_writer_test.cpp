#include "train_backbone/io/tensorboard_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event.pb.h"
#include "tests/io/scratch.h"
#include "train_backbone/core/record_frame.h"

namespace train_backbone::io {
namespace {

using testing::ElementsAre;

std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The events of a file, each with its checksums right.
std::vector<proto::Event> events_in(const std::filesystem::path& path) {
  const std::string file = slurp(path);
  std::vector<proto::Event> events;
  std::string_view rest = file;
  while (!rest.empty()) {
    const auto header = as_bytes(rest).first<core::kFrameHeaderBytes>();
    const auto length = core::parse_frame_header(header);
    if (!length) throw std::runtime_error("a header's checksum is wrong");
    const std::string_view body = rest.substr(core::kFrameHeaderBytes, *length);
    rest.remove_prefix(core::kFrameHeaderBytes + *length);
    const auto footer = as_bytes(rest).first<core::kFrameFooterBytes>();
    if (!core::frame_footer_matches(as_bytes(body), footer)) throw std::runtime_error("checksum");
    rest.remove_prefix(core::kFrameFooterBytes);
    events.emplace_back().ParseFromString(std::string(body));
  }
  return events;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    names.push_back(item.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TensorBoardWriter, EachCallIsAWholeEvent) {
  const auto folder = scratch_folder() / "tensorboard";
  TensorBoardWriter writer(folder, 0);
  const std::vector<TensorBoardWriter::Scalar> scalars{{"train/loss", 0.1}, {"learning_rate", 3.0}};
  writer.add_scalars(7, scalars);
  writer.add_picture(0, "input", 2, 3, as_bytes("png"));
  writer.add_text(0, "config", "a = 1");
  writer.sync();
  const auto events = events_in(folder / "events.out.tfevents.0000000000");
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  EXPECT_EQ(events[1].session_log().status(), 1);
  EXPECT_EQ(events[2].step(), 7);
  EXPECT_GT(events[2].wall_time(), 1.6e9);
  ASSERT_EQ(events[2].summary().value_size(), 2);
  EXPECT_EQ(events[2].summary().value(0).tag(), "train/loss");
  EXPECT_EQ(events[2].summary().value(0).simple_value(), 0.1F);
  EXPECT_EQ(events[3].summary().value(0).image().encoded_image_string(), "png");
  EXPECT_EQ(events[3].summary().value(0).image().width(), 3);
  EXPECT_EQ(events[4].summary().value(0).tensor().string_val(0), "a = 1");
}

TEST(TensorBoardWriter, HistogramsOfATimeAreOneEvent) {
  const auto folder = scratch_folder();
  TensorBoardWriter writer(folder, 0);
  const std::vector<float> values{1, 1, 2};
  const std::vector<TensorBoardWriter::TaggedHistogram> histograms{
      {"weights/a", histogram_of(values)}, {"weights/b", histogram_of({})}};
  writer.add_histograms(9, histograms);
  const auto events = events_in(folder / "events.out.tfevents.0000000000");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].step(), 9);
  ASSERT_EQ(events[2].summary().value_size(), 2);
  EXPECT_EQ(events[2].summary().value(0).tag(), "weights/a");
  const proto::Summary::Histogram& first = events[2].summary().value(0).histo();
  EXPECT_EQ(first.min(), 1);
  EXPECT_EQ(first.max(), 2);
  EXPECT_EQ(first.num(), 3);
  EXPECT_EQ(first.sum(), 4);
  EXPECT_EQ(first.sum_squares(), 6);
  EXPECT_EQ(first.bucket_size(), first.bucket_limit_size());
  EXPECT_EQ(first.bucket(0), 2);
  EXPECT_EQ(first.bucket(first.bucket_size() - 1), 1);
  EXPECT_EQ(first.bucket_limit(first.bucket_size() - 1), 2);
  EXPECT_EQ(events[2].summary().value(1).histo().num(), 0);
}

TEST(TensorBoardWriter, AResumedRunReplacesWhatCameLater) {
  const auto folder = scratch_folder();
  spill(folder / "notes.txt", "mine");
  for (const int64_t first : {0, 11, 21}) TensorBoardWriter(folder, first);
  TensorBoardWriter(folder, 15);
  EXPECT_THAT(names_in(folder),
              ElementsAre("events.out.tfevents.0000000000", "events.out.tfevents.0000000011",
                          "events.out.tfevents.0000000015", "notes.txt"));
  EXPECT_EQ(events_in(folder / "events.out.tfevents.0000000015")[1].step(), 15);
  remove_tensorboard_files(folder);
  EXPECT_THAT(names_in(folder), ElementsAre("notes.txt"));
  EXPECT_NO_THROW(remove_tensorboard_files(folder / "none"));
}

TEST(TensorBoardWriter, AFullDiskIsNamed) {
  const auto folder = scratch_folder();
  TensorBoardWriter writer(folder, 0);
  const FileSizeLimit limit(200);
  EXPECT_THROW(writer.add_text(0, "config", std::string(1000, 'x')), std::exception);
}

}  // namespace
}  // namespace train_backbone::io
