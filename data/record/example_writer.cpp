#include "train_backbone/data/record/example_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "example.pb.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/data/record/record_reader.h"

namespace train_backbone::data {
namespace {

void set_text(proto::Features& features, const char* key, std::string_view text) {
  proto::BytesList& list = *(*features.mutable_feature())[key].mutable_bytes_list();
  list.add_value(text.data(), text.size());
}

void set_number(proto::Features& features, const char* key, int64_t number) {
  (*features.mutable_feature())[key].mutable_int64_list()->add_value(number);
}

void refuse(const ExampleFields& fields) {
  throw core::DataError(fields.filename,
                        core::format("its {} bytes are too many for a record, which holds at most "
                                     "{}",
                                     fields.encoded.size(), kMaxRecordBytes));
}

}  // namespace

void write_example(const ExampleFields& fields, std::string& bytes) {
  if (fields.encoded.size() > kMaxRecordBytes) refuse(fields);
  proto::Example example;
  proto::Features& features = *example.mutable_features();
  set_number(features, "image/height", fields.height);
  set_number(features, "image/width", fields.width);
  set_text(features, "image/colorspace", fields.colorspace);
  set_number(features, "image/channels", fields.channels);
  set_number(features, "image/class/label", fields.label);
  set_text(features, "image/class/synset", fields.synset);
  set_text(features, "image/class/text", fields.text);
  set_text(features, "image/format", fields.format);
  set_text(features, "image/filename", fields.filename);
  set_text(features, "image/encoded", fields.encoded);

  bytes.clear();
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);  // maps in the order of their keys
  if (!example.SerializeToCodedStream(&coded)) refuse(fields);
}

}  // namespace train_backbone::data
