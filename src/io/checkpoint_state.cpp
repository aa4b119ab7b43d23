#include "io/checkpoint_state.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "io/checksum_text.h"
#include "io/strict_json.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/core/version.h"

namespace train_backbone::io {
namespace {

using nlohmann::json;

constexpr int64_t kFormatVersion = 1;
// The checksum stands at a fixed place so that it can be blanked without parsing anything.
constexpr std::string_view kHead = "{\"crc32c\": \"";
constexpr std::string_view kAfterCrc = "\",\n\"state\": ";
constexpr std::string_view kTail = "}\n";
constexpr std::string_view kBlankCrc = "00000000";

// Hexadecimal text, because other JSON readers keep only 53 bits of a number.
std::string hexadecimal(uint64_t value) { return core::format("{:016x}", value); }

uint64_t parse_hexadecimal(const std::string& text, const std::filesystem::path& path) {
  constexpr int kBase = 16;
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, kBase);
  if (error != std::errc{} || stop != text.data() + text.size()) {
    throw core::DataError(path, core::format("'{}' is not hexadecimal", text));
  }
  return value;
}

double parse_double(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

void check_crc(std::string& text, const std::filesystem::path& path) {
  if (text.size() < kHead.size() + kChecksumTextBytes || !text.starts_with(kHead)) {
    throw core::DataError(path, "does not begin as the state of a checkpoint does; it is damaged");
  }
  const std::string stored = text.substr(kHead.size(), kChecksumTextBytes);
  text.replace(kHead.size(), kChecksumTextBytes, kBlankCrc);
  if (checksum_text(text) != stored) {
    throw core::DataError(path, "its checksum does not match; the file is damaged");
  }
}

void check_version(const json& state, const std::filesystem::path& path) {
  const auto version = state.at("format_version").get<int64_t>();
  if (version != kFormatVersion) {
    throw core::UsageError(core::format(
        "{}: written in checkpoint format {} by version {}; this program reads format {}. Go on "
        "with that version",
        path.string(), version, state.at("program_version").get<std::string>(), kFormatVersion));
  }
}

State read_fields(const json& state, const std::filesystem::path& path) {
  State result;
  Checkpoint& checkpoint = result.checkpoint;
  checkpoint.step = state.at("step").get<int64_t>();
  checkpoint.best_top1 = parse_double(state.at("best_top1"));
  checkpoint.best_step = state.at("best_step").get<int64_t>();
  for (const auto& [name, value] : state.at("meters").items()) {
    checkpoint.meters[name] = parse_double(value);
  }
  checkpoint.config = state.at("config").get<std::map<std::string, std::string>>();
  checkpoint.data_fingerprint =
      parse_hexadecimal(state.at("data_fingerprint").get<std::string>(), path);
  for (const auto& [name, file] : state.at("files").items()) {
    const uint64_t crc = parse_hexadecimal(file.at("crc32c").get<std::string>(), path);
    result.manifest[name] = {.size = file.at("size").get<uint64_t>(),
                             .crc32c = static_cast<uint32_t>(crc)};
  }
  return result;
}

}  // namespace

std::string format_state(const Checkpoint& checkpoint, const Manifest& manifest) {
  json state = {{"format_version", kFormatVersion},
                {"program_version", core::program_version()},
                {"step", checkpoint.step},
                {"best_top1", checkpoint.best_top1},
                {"best_step", checkpoint.best_step},
                {"meters", checkpoint.meters},
                {"config", checkpoint.config},
                {"data_fingerprint", hexadecimal(checkpoint.data_fingerprint)},
                {"files", json::object()}};
  for (const auto& [name, digest] : manifest) {
    state["files"][name] = {{"size", digest.size}, {"crc32c", checksum_text(digest.crc32c)}};
  }
  const auto assemble = [body = dump_json(state, 1)](std::string_view crc) {
    return core::format("{}{}{}{}{}", kHead, crc, kAfterCrc, body, kTail);
  };
  return assemble(checksum_text(assemble(kBlankCrc)));
}

State parse_state(std::string text, const std::filesystem::path& path) {
  check_crc(text, path);
  const json root = parse_strict_json(text, path);
  try {
    const json& state = root.at("state");
    check_version(state, path);
    return read_fields(state, path);
  } catch (const json::exception& error) {
    throw core::DataError(path, core::format("not the state of a checkpoint: {}", error.what()));
  }
}

}  // namespace train_backbone::io
