#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train_backbone/core/files.h"
#include "train_backbone/io/histogram.h"

namespace train_backbone::io {

// What a run shows in TensorBoard: a file of events (framed records, src/io/README.md) that grows
// by one whole event per call. Not thread safe.
class TensorBoardWriter {
 public:
  using Scalar = std::pair<std::string, double>;  // tag ("train/loss"), value

  // Writes "events.out.tfevents.STEP" in `folder`, made if need be, with the first step that this
  // process adds. Files of an earlier process of the run stay; those that begin at this step or
  // later are removed, and what the others say of such steps counts no more for TensorBoard: the
  // files together read as if the run had never been interrupted.
  // Throws as core::AtomicFile does.
  TensorBoardWriter(const std::filesystem::path& folder, int64_t first_step);

  // As float, which is what TensorBoard keeps. Throws core::DeviceError when the disk is full, as
  // do the others.
  void add_scalars(int64_t step, std::span<const Scalar> scalars);
  // A PNG file of an RGB picture.
  void add_picture(int64_t step, std::string_view tag, int height, int width,
                   std::span<const uint8_t> png);
  using TaggedHistogram = std::pair<std::string, Histogram>;  // tag ("weights/fc.weight")
  // One event for all.
  void add_histograms(int64_t step, std::span<const TaggedHistogram> histograms);
  // Shown as Markdown.
  void add_text(int64_t step, std::string_view tag, std::string_view text);
  // Returns when all events are safe against power loss.
  void sync();

 private:
  void append(const std::string& event);

  std::filesystem::path path_;
  core::FileDescriptor file_;
};

// Removes the event files in `folder`; nothing else that lies there.
void remove_tensorboard_files(const std::filesystem::path& folder);

}  // namespace train_backbone::io
