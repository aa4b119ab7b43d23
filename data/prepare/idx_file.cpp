#include "data/prepare/idx_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <span>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/files.h"
#include "train_backbone/core/format.h"

namespace train_backbone::data {
namespace {

constexpr uint8_t kUnsignedByte = 8;
constexpr uint64_t kMaxValues = uint64_t{1} << 32;
constexpr uint32_t kMaxExtent = std::numeric_limits<int32_t>::max();
constexpr size_t kPieceBytes = size_t{1} << 20;

// Bytes of a plain or gzipped file: zlib passes plain ones through.
class ByteStream {
 public:
  explicit ByteStream(std::filesystem::path path)
      : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb"), gzclose) {
    if (!file_) core::throw_system_error(path_, "open");
  }

  // Fewer bytes than asked for only at the end. Throws core::DataError for a damaged gzip.
  size_t read(std::span<uint8_t> bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
      const size_t piece = std::min(kPieceBytes, bytes.size() - done);
      const int got = gzread(file_.get(), bytes.data() + done, static_cast<unsigned>(piece));
      int code = 0;
      const char* reason = gzerror(file_.get(), &code);
      // At the end of a gzip that was cut, zlib hands out what it has and only notes the error.
      if (got < 0 || (got == 0 && code == Z_BUF_ERROR)) {
        throw core::DataError(path_, core::format("cannot unpack: {}", reason));
      }
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

int read_magic(ByteStream& stream) {
  std::array<uint8_t, 4> magic{};
  const bool whole = stream.read(magic) == magic.size();
  const bool known = magic[0] == 0 && magic[1] == 0 && magic[2] == kUnsignedByte;
  return whole && known ? magic[3] : 0;
}

}  // namespace

IdxFile read_idx(const std::filesystem::path& path) {
  ByteStream stream(path);
  IdxFile idx;
  const int dimensions = read_magic(stream);
  if (dimensions == 0) throw core::DataError(path, "is not an IDX file of unsigned bytes");
  uint64_t values = 1;
  for (int i = 0; i < dimensions; ++i) {
    std::array<uint8_t, 4> word{};
    if (stream.read(word) != word.size()) throw core::DataError(path, "truncated in its header");
    uint32_t extent = 0;
    for (const uint8_t byte : word) extent = (extent << 8) | byte;
    idx.dimensions.push_back(extent);
    values *= std::max<uint64_t>(extent, 1);
    if (extent == 0 || extent > kMaxExtent || values > kMaxValues) {
      throw core::DataError(path,
                            core::format("dimension {} of its header cannot be: {}", i, extent));
    }
  }
  // Grown as the bytes come, so that a false header cannot ask for memory that nothing fills.
  while (idx.values.size() < values) {
    const size_t before = idx.values.size();
    const size_t piece = std::min<uint64_t>(kPieceBytes, values - before);
    idx.values.resize(before + piece);
    const size_t got = stream.read(std::span(idx.values).subspan(before));
    if (got < piece) {
      throw core::DataError(
          path, core::format("truncated: {} of {} values are there", before + got, values));
    }
  }
  std::array<uint8_t, 1> extra{};
  if (stream.read(extra) != 0) throw core::DataError(path, "goes on behind its last value");
  return idx;
}

int idx_dimensions(const std::filesystem::path& path) {
  try {
    ByteStream stream(path);
    return read_magic(stream);
  } catch (const core::DataError&) {
    return 0;
  }
}

}  // namespace train_backbone::data
