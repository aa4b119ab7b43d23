#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace train_backbone::io {

// What a pickle means, without making any object of it.
struct PickleValue {
  enum class Kind { kNone, kMark, kInt, kText, kGlobal, kTuple, kDict, kCall, kReference };
  Kind kind = Kind::kNone;
  int64_t number = 0;              // kInt; booleans are 0 and 1
  std::string text;                // kText; kGlobal: "MODULE NAME"
  std::vector<PickleValue> items;  // kTuple; kDict: keys and values in turn; kCall: what,
                                   // arguments; kReference: the one identifier
};

// The value of a pickle of protocol 2 that holds only such values. Nothing is called or imported.
// Throws core::DataError naming `path` for everything else.
PickleValue parse_pickle(std::string_view bytes, const std::filesystem::path& path);

}  // namespace train_backbone::io
