#include "commands/input_dump.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::commands {
namespace {

using test::scratch_folder;

ValidateTarget target() {
  ValidateTarget target;
  target.name = "resnet18v1_b";
  target.num_classes = 3;
  target.image_size = 4;
  return target;
}

// Batches of 5, 5 and 2 records whose every value is told by the record's number.
void append_all(InputDump& dump) {
  int64_t next = 0;
  for (const int64_t size : {5, 5, 2}) {
    data::Batch batch;
    batch.size = size;
    const at::Tensor numbers = torch::arange(next, next + size, torch::kFloat);
    for (; batch.labels.size() < static_cast<size_t>(size); ++next) batch.labels.push_back(next);
    const at::Tensor images = numbers.reshape({size, 1, 1, 1})
                                  .expand({size, 3, 4, 4})
                                  .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor logits = numbers.reshape({size, 1}).expand({size, 3}) + 100;
    dump.append({.batch = batch, .images = images, .logits = logits});
  }
}

TEST(InputDump, HoldsTheFirstRecordsInOrder) {
  for (const auto& [most, expected] : {std::pair{7, 7}, {10, 10}, {100, 12}}) {
    const auto path = scratch_folder() / "made" / "inputs.safetensors";
    InputDump dump(path, most, target());
    append_all(dump);
    dump.write();
    const io::SafetensorsFile file = io::read_safetensors(path);
    EXPECT_EQ(file.metadata.at("model"), "resnet18v1_b");
    ASSERT_EQ(file.tensors.size(), 3U);
    const at::Tensor numbers = torch::arange(expected);
    for (const auto& [name, tensor] : file.tensors) {
      at::Tensor wanted = numbers;
      if (name == "inputs") {
        wanted = numbers.to(at::kFloat).reshape({-1, 1, 1, 1}).expand({-1, 3, 4, 4});
      } else if (name == "logits") {
        wanted = (numbers + 100).to(at::kFloat).reshape({-1, 1}).expand({-1, 3});
      } else {
        EXPECT_EQ(name, "labels");
      }
      EXPECT_EQ(tensor.scalar_type(), wanted.scalar_type()) << name;
      EXPECT_TRUE(at::equal(tensor, wanted)) << name;
    }
  }
}

TEST(InputDump, RefusesAPlaceThatCannotBeWrittenBeforeAnythingIsComputed) {
  const auto folder = scratch_folder();
  test::spill(folder / "file", "");
  EXPECT_THROW(InputDump(folder / "file" / "x.safetensors", 2, target()), core::UsageError);
}

}  // namespace
}  // namespace train_backbone::commands
