#include "train_backbone/io/tensorboard_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <system_error>

#include "event.pb.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/record_frame.h"

namespace train_backbone::io {
namespace {

namespace fs = std::filesystem;

// TensorBoard takes files with "tfevents" in their name, in the order of their names.
constexpr std::string_view kPrefix = "events.out.tfevents.";
constexpr std::string_view kVersion = "brain.Event:2";
constexpr int32_t kText = 7;
constexpr int32_t kRgb = 3;
constexpr int32_t kStart = 1;

proto::Event event_at(int64_t step) {
  proto::Event event;
  event.set_wall_time(
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  event.set_step(step);
  return event;
}

proto::Summary::Value& value_of(proto::Event& event, std::string_view tag) {
  proto::Summary::Value& value = *event.mutable_summary()->add_value();
  value.set_tag(std::string(tag));
  return value;
}

std::string file_name(int64_t step) { return core::format("{}{:010}", kPrefix, step); }

void remove_files(const fs::path& folder, const std::function<bool(const std::string&)>& chosen) {
  std::error_code error;
  for (const auto& item : fs::directory_iterator(folder, error)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(kPrefix) || !chosen(name)) continue;
    fs::remove(item.path(), error);
    if (!error) continue;
    errno = error.value();
    core::throw_system_error(item.path(), "remove");
  }
}

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const fs::path& folder, int64_t first_step)
    : path_(folder / file_name(first_step)) {
  std::error_code error;
  fs::create_directories(folder, error);  // opening tells what is wrong
  remove_files(folder, [&](const std::string& name) { return name >= file_name(first_step); });
  file_ = core::FileDescriptor(
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
  if (!file_.valid()) core::throw_system_error(path_, "create");
  proto::Event version = event_at(0);
  version.set_file_version(std::string(kVersion));
  append(version.SerializeAsString());
  proto::Event start = event_at(first_step);
  start.mutable_session_log()->set_status(kStart);
  append(start.SerializeAsString());
}

void TensorBoardWriter::add_scalars(int64_t step, std::span<const Scalar> scalars) {
  proto::Event event = event_at(step);
  for (const auto& [tag, value] : scalars) {
    value_of(event, tag).set_simple_value(static_cast<float>(value));
  }
  append(event.SerializeAsString());
}

void TensorBoardWriter::add_picture(int64_t step, std::string_view tag, int height, int width,
                                    std::span<const uint8_t> png) {
  proto::Event event = event_at(step);
  proto::Summary::Image& image = *value_of(event, tag).mutable_image();
  image.set_height(height);
  image.set_width(width);
  image.set_colorspace(kRgb);
  image.set_encoded_image_string(png.data(), png.size());
  append(event.SerializeAsString());
}

void TensorBoardWriter::add_histograms(int64_t step, std::span<const TaggedHistogram> histograms) {
  proto::Event event = event_at(step);
  for (const auto& [tag, histogram] : histograms) {
    proto::Summary::Histogram& histo = *value_of(event, tag).mutable_histo();
    histo.set_min(histogram.min);
    histo.set_max(histogram.max);
    histo.set_num(histogram.count);
    histo.set_sum(histogram.sum);
    histo.set_sum_squares(histogram.sum_squares);
    histo.mutable_bucket_limit()->Add(histogram.limits.begin(), histogram.limits.end());
    histo.mutable_bucket()->Add(histogram.counts.begin(), histogram.counts.end());
  }
  append(event.SerializeAsString());
}

void TensorBoardWriter::add_text(int64_t step, std::string_view tag, std::string_view text) {
  proto::Event event = event_at(step);
  proto::Summary::Value& value = value_of(event, tag);
  value.mutable_metadata()->mutable_plugin_data()->set_plugin_name("text");
  proto::Tensor& tensor = *value.mutable_tensor();
  tensor.set_dtype(kText);
  tensor.mutable_tensor_shape()->add_dim()->set_size(1);
  tensor.add_string_val(text.data(), text.size());
  append(event.SerializeAsString());
}

// One write per event, so that a killed program leaves at most its last event torn, which readers
// leave out.
void TensorBoardWriter::append(const std::string& event) {
  const auto header = core::frame_header(event.size());
  const auto footer = core::frame_footer(bytes_of(event));
  std::string frame(header.begin(), header.end());
  frame += event;
  frame.append(footer.begin(), footer.end());
  core::write_all(file_, path_, bytes_of(frame));
}

void TensorBoardWriter::sync() {
  if (::fdatasync(file_.get()) != 0) core::throw_system_error(path_, "write");
}

void remove_tensorboard_files(const fs::path& folder) {
  remove_files(folder, [](const std::string&) { return true; });
}

}  // namespace train_backbone::io
