#include "train_backbone/data/record/record_writer.h"

#include "train_backbone/core/record_frame.h"

namespace train_backbone::data {

RecordWriter::RecordWriter(const std::filesystem::path& path) : file_(path) {}

void RecordWriter::write(std::span<const uint8_t> record) {
  file_.write(core::frame_header(record.size()));
  file_.write(record);
  file_.write(core::frame_footer(record));
}

}  // namespace train_backbone::data
