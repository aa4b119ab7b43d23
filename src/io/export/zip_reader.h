#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace train_backbone::io {

// The records of a zip archive whose members are stored, not packed: name -> bytes. Reads the
// archive's directory, with or without zip64; each member's CRC-32 is checked.
// Throws core::DataError for anything else.
std::map<std::string, std::string> read_zip(const std::filesystem::path& path);

}  // namespace train_backbone::io
