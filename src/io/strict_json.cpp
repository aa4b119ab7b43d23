#include "io/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::io {
namespace {

using nlohmann::json;

constexpr size_t kMaxDepth = 4;

// Sees the values go by without keeping them and throws at what is refused.
class Guard : public nlohmann::json_sax<json> {
 public:
  explicit Guard(const std::filesystem::path& path) : path_(path) {}

  bool start_object(size_t /*elements*/) override { return enter(); }
  bool start_array(size_t /*elements*/) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(std::string& name) override {
    if (names_.back().insert(name).second) return true;
    throw core::DataError(path_, core::format("the JSON names '{}' twice", excerpt(name)));
  }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const json::exception& error) override {
    throw core::DataError(path_, core::format("not valid JSON: {}", excerpt(error.what())));
  }
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(int64_t /*value*/) override { return true; }
  bool number_unsigned(uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(json::binary_t& /*value*/) override { return true; }

 private:
  bool enter() {
    // Deeper nesting never occurs in our files and could be made to eat memory.
    if (names_.size() >= kMaxDepth) throw core::DataError(path_, "the JSON is nested too deeply");
    names_.emplace_back();
    return true;
  }
  bool leave() {
    names_.pop_back();
    return true;
  }

  const std::filesystem::path& path_;
  std::vector<std::set<std::string>> names_;  // of the objects that are open
};

}  // namespace

// Two passes: the parser's own filter, which could do all in one, looks at every earlier member
// again whenever an object ends, and so takes hours for a large hostile file.
nlohmann::json parse_strict_json(std::string_view text, const std::filesystem::path& path) {
  // The parser takes a zero byte for the end and would not look at what follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw core::DataError(path, core::format("the JSON has a zero byte at {}", zero));
  }
  Guard guard(path);
  json::sax_parse(text, &guard);
  return json::parse(text);
}

std::string excerpt(std::string_view text) {
  constexpr size_t kMostShown = 200;
  if (text.size() <= kMostShown) return std::string(text);
  return core::format("{}... ({} bytes)", text.substr(0, kMostShown), text.size());
}

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace train_backbone::io
