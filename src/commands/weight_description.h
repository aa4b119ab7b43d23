#pragma once

#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/io/safetensors.h"
#include "train_backbone/ops/input_transform.h"

namespace train_backbone::commands {

// `given`, or the best weights in it when it is a --model_dir.
std::filesystem::path resolve_weights(const std::string& given);

// What a weight file tells about itself, each value optional. Borrows the metadata.
class WeightDescription {
 public:
  WeightDescription(const io::Metadata& metadata, std::filesystem::path path)
      : metadata_(metadata), path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;

  // Throws core::DataError for a text that is no number.
  template <class Number>
  [[nodiscard]] std::optional<Number> number(const std::string& name) const {
    const std::optional<std::string> value = text(name);
    if (!value) return std::nullopt;
    Number parsed{};
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, parsed);
    if (error == std::errc{} && stop == end) return parsed;
    throw core::DataError(
        path_, core::format("its metadata has {} = '{}', which is no number", name, *value));
  }

  // ImageNet's where the file does not tell.
  [[nodiscard]] ops::Normalisation normalisation() const;

  // The canonical name of `option`, else of what the file says. Throws core::UsageError when
  // neither names a model.
  [[nodiscard]] std::string model(const std::string& option) const;

  // Of the classifier among `tensors`. Throws core::UsageError when there is none.
  [[nodiscard]] int64_t classes(const io::NamedTensors& tensors) const;

 private:
  const io::Metadata& metadata_;
  std::filesystem::path path_;
};

}  // namespace train_backbone::commands
