#include "tests/io/export/own_weights.h"

#include <ATen/ATen.h>

namespace train_backbone::io {

SafetensorsFile own_weights(const std::string& model, bool original) {
  SafetensorsFile file;
  int64_t count = 0;
  for (const models::KeyShape& shape :
       models::key_list(model, original, models::Naming::kTimm, kTestClasses, false)) {
    ++count;
    if (shape.sizes.empty()) {
      file.tensors.emplace_back(shape.key, at::full({}, count, at::kLong));
      continue;
    }
    int64_t elements = 1;
    for (const int64_t size : shape.sizes) elements *= size;
    constexpr int64_t kLowBits = 0x1FFF;
    const at::Tensor values =
        at::arange(count, count + elements, at::kInt).bitwise_and_(kLowBits).to(at::kFloat);
    file.tensors.emplace_back(shape.key, values.reshape(shape.sizes));
  }
  file.metadata = {{"model", model}, {"mean", "123.675,116.28,103.53"}};
  return file;
}

ExportChoice choice_of(const std::string& model, models::Naming naming, bool original) {
  return {.model = model,
          .original = original,
          .num_classes = kTestClasses,
          .naming = naming,
          .verify = true};
}

}  // namespace train_backbone::io
