#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace train_backbone::test {

// A folder of its own for one test, empty at the beginning and removed at the end.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Shards of real pictures: the first of Fashion-MNIST (Debian package dataset-fashion-mnist), made
// by `train_backbone prepare` below `folder`.
struct TinyData {
  static constexpr int kTrainingPictures = 100;
  static constexpr int kValidationPictures = 61;  // no multiple of any batch size used here

  explicit TinyData(const std::filesystem::path& folder);
  // A quick training run on them: 12.5 steps per epoch, 2 epochs unless `more` says otherwise.
  [[nodiscard]] std::vector<std::string> train_arguments(
      const std::filesystem::path& model_dir, const std::vector<std::string>& more = {}) const;
  // The only training shard.
  [[nodiscard]] std::filesystem::path training_shard() const;

  std::filesystem::path train;
  std::filesystem::path validation;
};

std::string file_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);
// Names of all files below `folder`, relative, sorted; none when it does not exist.
std::vector<std::string> files_below(const std::filesystem::path& folder);

}  // namespace train_backbone::test
