#include "train_backbone/data/record/record_writer.h"

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/record_frame.h"
#include "train_backbone/data/record/record_reader.h"

namespace train_backbone::data {

RecordWriter::RecordWriter(const std::filesystem::path& path) : path_(path), file_(path) {}

void RecordWriter::write(std::span<const uint8_t> record) {
  if (record.size() > kMaxRecordBytes) {
    throw core::DataError(path_, core::format("cannot hold a record of {} bytes, more than {}",
                                              record.size(), kMaxRecordBytes));
  }
  file_.write(core::frame_header(record.size()));
  file_.write(record);
  file_.write(core::frame_footer(record));
}

}  // namespace train_backbone::data
