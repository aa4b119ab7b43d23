#include "data/image/scan_bytes.h"

#include <algorithm>
#include <cstring>

namespace train_backbone::data {

ScanBytes copy_scan(std::span<const uint8_t> input, size_t slack, std::vector<uint8_t>& output) {
  if (output.size() < input.size() + slack) {
    output.resize(input.size() + slack);
  }
  const uint8_t* next = input.data();
  const uint8_t* const end = next + input.size();
  uint8_t* out = output.data();
  while (next < end) {
    const void* found = std::memchr(next, 0xFF, static_cast<size_t>(end - next));
    const uint8_t* stop = found != nullptr ? static_cast<const uint8_t*>(found) : end;
    out = std::copy(next, stop, out);
    next = std::find_if(stop, end, [](uint8_t byte) { return byte != 0xFF; });  // FFs may repeat
    if (next == end || *next != 0) {
      next = next == end ? end : next - 1;
      break;
    }
    *out++ = 0xFF;
    ++next;
  }
  std::fill_n(out, slack, uint8_t{0});
  return {static_cast<size_t>(out - output.data()), static_cast<size_t>(next - input.data())};
}

}  // namespace train_backbone::data
