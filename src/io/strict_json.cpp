#include "io/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using Event = nlohmann::json::parse_event_t;

constexpr size_t kMaxDepth = 4;

// Sees the parser's events: depth is that of the value, for a key one more than its object's.
class Guard {
 public:
  explicit Guard(const std::filesystem::path& path) : path_(path), names_(kMaxDepth + 1) {}

  void see(int depth, Event event, const nlohmann::json& parsed) {
    const auto level = static_cast<size_t>(depth);
    if (event == Event::object_start || event == Event::array_start) {
      // Deeper nesting never occurs in our files and could be made to eat memory.
      if (level >= kMaxDepth) throw core::DataError(path_, "the JSON is nested too deeply");
      names_[level + 1].clear();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_[level].insert(name).second) {
        throw core::DataError(path_, core::format("the JSON names '{}' twice", name));
      }
    }
  }

 private:
  const std::filesystem::path& path_;
  std::vector<std::set<std::string>> names_;
};

}  // namespace

nlohmann::json parse_strict_json(std::string_view text, const std::filesystem::path& path) {
  // The parser takes a zero byte for the end and would not look at what follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw core::DataError(path, core::format("the JSON has a zero byte at {}", zero));
  }
  Guard guard(path);
  try {
    return nlohmann::json::parse(text, [&guard](int depth, Event event, nlohmann::json& parsed) {
      guard.see(depth, event, parsed);
      return true;
    });
  } catch (const nlohmann::json::exception& error) {
    throw core::DataError(path, core::format("not valid JSON: {}", error.what()));
  }
}

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace train_backbone::io
