#include "tests/system/tiny_data.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/support/fashion_mnist.h"
#include "tests/support/program.h"
#include "train_backbone/core/files.h"

namespace train_backbone::test {
namespace {

// The first `count` pictures as IDX files of the package's names, without .gz.
void write_idx_subset(const std::string& prefix, uint32_t count,
                      const std::filesystem::path& folder) {
  const IdxFiles files = fashion_mnist(prefix, count);
  write_bytes(folder / (prefix + "-images-idx3-ubyte"), files.images);
  write_bytes(folder / (prefix + "-labels-idx1-ubyte"), files.labels);
}

void prepare(const std::filesystem::path& input, const std::string& split,
             const std::filesystem::path& output, const std::filesystem::path& scratch) {
  const ProgramResult result = run_program(
      {"prepare", "--input", input.string(), "--split", split, "--output", output.string()},
      scratch);
  if (result.exit_code != 0) throw std::runtime_error("prepare failed: " + result.errors);
}

// These tests save many checkpoints and none is about power loss: memory spares the disk's syncs.
std::filesystem::path scratch_root() {
  constexpr uintmax_t kEnough = uintmax_t{2} << 30;
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const auto space = std::filesystem::space(memory, error);
  const bool usable = !error && space.available >= kEnough && ::access(memory.c_str(), W_OK) == 0;
  return usable ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

Scratch::Scratch() {
  std::string name = (scratch_root() / "train_backbone_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TinyData::TinyData(const std::filesystem::path& folder)
    : train(folder / "train"), validation(folder / "validation") {
  const std::filesystem::path idx = folder / "idx";
  std::filesystem::create_directories(idx);
  write_idx_subset("train", kTrainingPictures, idx);
  write_idx_subset("t10k", kValidationPictures, idx);
  prepare(idx, "train", train, folder / "log");
  prepare(idx, "validation", validation, folder / "log");
}

std::vector<std::string> TinyData::train_arguments(const std::filesystem::path& model_dir,
                                                   const std::vector<std::string>& more) const {
  std::vector<std::string> arguments{
      "train",   "--train_data_dir", train.string(), "--validation_data_dir", validation.string(),
      "--model", "resnet18v1_b",     "--model_dir",  model_dir.string()};
  // What a test says itself replaces the value here.
  const std::vector<std::pair<std::string, std::string>> defaults{
      {"--num_classes", "10"}, {"--train_image_size", "16"}, {"--batch_size", "8"},
      {"--num_epochs", "2"},   {"--warmup_epochs", "0.5"},   {"--compute_threads", "1"},
      {"--workers", "1"}};
  for (const auto& [name, value] : defaults) {
    if (std::find(more.begin(), more.end(), name) == more.end()) {
      arguments.insert(arguments.end(), {name, value});
    }
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::filesystem::path TinyData::training_shard() const {
  for (const auto& entry : std::filesystem::directory_iterator(train)) {
    if (entry.path().filename().string().starts_with("train-")) return entry.path();
  }
  throw std::runtime_error("no training shard in " + train.string());
}

std::string file_bytes(const std::filesystem::path& path) { return core::read_file(path); }

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace train_backbone::test
