// libFuzzer on the header of a safetensors file, the only part that strangers write as text.
// Whatever the bytes are: a core::DataError, or entries that lie within the data.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "io/safetensors_header.h"
#include "train_backbone/core/errors.h"

namespace io = train_backbone::io;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // The first two bytes choose how much data follows the header.
  uint16_t data_bytes = 0;
  if (size < sizeof data_bytes) return 0;
  std::memcpy(&data_bytes, bytes, sizeof data_bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes) + sizeof data_bytes,
                              size - sizeof data_bytes);
  try {
    const io::SafetensorsHeader header = io::parse_safetensors_header(text, data_bytes, "FILE");
    uint64_t position = 0;
    for (const io::TensorEntry& entry : header.entries) {
      if (entry.begin != position || io::tensor_bytes(entry) != entry.end - entry.begin) {
        std::abort();
      }
      position = entry.end;
    }
    if (position != data_bytes) std::abort();
  } catch (const train_backbone::core::DataError&) {
    // What a bad header is answered with.
  }
  return 0;
}
