#include "train_backbone/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using testing::HasSubstr;

at::Tensor find(const NamedTensors& tensors, const std::string& name) {
  for (const auto& [key, tensor] : tensors) {
    if (key == name) return tensor;
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

NamedTensors sample() {
  const at::Tensor weight =
      torch::arange(120, torch::kFloat).reshape({2, 3, 4, 5}).to(at::MemoryFormat::ChannelsLast);
  return {{"conv.weight", weight},
          {"bn.num_batches_tracked", torch::tensor(int64_t{1} << 40)},
          {"bn.weight", torch::tensor({0.1F, -0.0F, 1e-40F})},
          {"none", torch::zeros({0, 7})}};
}

TEST(Safetensors, ReadsBackWhatWasWritten) {
  const auto path = scratch_folder() / "a.safetensors";
  const NamedTensors tensors = sample();
  const FileDigest digest = write_safetensors(path, tensors, {{"recipe", "a \"quoted\" text"}});
  EXPECT_EQ(digest, digest_file(path));

  const SafetensorsFile file = read_safetensors(path);
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto& [name, expected] : tensors) {
    const at::Tensor actual = find(file.tensors, name);
    EXPECT_EQ(actual.scalar_type(), expected.scalar_type()) << name;
    EXPECT_TRUE(actual.is_contiguous()) << name;
    EXPECT_TRUE(at::equal(actual, expected)) << name;
  }
  EXPECT_TRUE(std::signbit(find(file.tensors, "bn.weight")[1].item<float>()));
  EXPECT_EQ(file.metadata.at("recipe"), "a \"quoted\" text");
  EXPECT_EQ(file.metadata.at("format"), "pt");
}

// Follows the published description of the format, nothing of our code.
TEST(Safetensors, AnIndependentReaderFindsRowMajorAlignedData) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, sample(), {});
  const std::string bytes = slurp(path);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ(length % 8, 0U);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  const std::string data = bytes.substr(8 + length);

  const auto& conv = header.at("conv.weight");
  EXPECT_EQ(conv.at("dtype"), "F32");
  EXPECT_EQ(conv.at("shape"), (nlohmann::json{2, 3, 4, 5}));
  const auto begin = conv.at("data_offsets").at(0).get<size_t>();
  EXPECT_EQ(begin % 4, 0U);
  ASSERT_EQ(conv.at("data_offsets").at(1).get<size_t>() - begin, 480U);
  for (size_t i = 0; i < 120; ++i) {
    float value = -1;
    std::memcpy(&value, data.data() + begin + 4 * i, sizeof value);
    ASSERT_EQ(value, static_cast<float>(i));
  }
  const auto& counter = header.at("bn.num_batches_tracked");
  EXPECT_EQ(counter.at("dtype"), "I64");
  EXPECT_EQ(counter.at("shape"), nlohmann::json::array());
  EXPECT_EQ(counter.at("data_offsets").at(0).get<size_t>() % 8, 0U);
  EXPECT_EQ(header.at("__metadata__").at("crc32c.conv.weight").get<std::string>().size(), 8U);
}

TEST(Safetensors, ReadsAFileOfThePythonPackage) {
  const SafetensorsFile file =
      read_safetensors(std::filesystem::path(TB_GOLDEN_DIR) / "io" / "python.safetensors");
  EXPECT_EQ(file.metadata.at("made_by"), "python");
  ASSERT_EQ(file.tensors.size(), 6U);
  EXPECT_TRUE(at::equal(find(file.tensors, "float32"),
                        torch::arange(6, torch::kFloat).reshape({2, 3}) * 0.5 - 1));
  EXPECT_EQ(find(file.tensors, "float64").item<double>(), 1.0 / 3.0);
  EXPECT_TRUE(at::equal(find(file.tensors, "float16"), torch::tensor({0.25, -2.0}, at::kHalf)));
  EXPECT_TRUE(at::equal(find(file.tensors, "bfloat16"), torch::tensor({3.0, -0.5}, at::kBFloat16)));
  EXPECT_EQ(find(file.tensors, "counter").item<int64_t>(), 1234567890123);
  EXPECT_EQ(find(file.tensors, "counter").dim(), 0);
  EXPECT_EQ(find(file.tensors, "empty").sizes().vec(), (std::vector<int64_t>{0, 4}));
}

TEST(Safetensors, WritingToAMappedTensorLeavesTheFileAlone) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, sample(), {});
  const std::string bytes = slurp(path);
  const at::Tensor mapped = find(map_safetensors(path).tensors, "conv.weight");
  EXPECT_EQ(mapped[1][2][3][4].item<float>(), 119) << "the file is still mapped";
  mapped.zero_();
  EXPECT_EQ(slurp(path), bytes);
}

TEST(Safetensors, ReadsDataThatIsNotAligned) {
  const auto path = scratch_folder() / "a.safetensors";
  std::string header = R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
                       R"("b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]}})";
  while (header.size() % 8 != 0) header += ' ';
  const std::array<float, 2> values = {1.5F, -2.25F};
  std::string data = {'\0', '\x3c'};
  data.append(reinterpret_cast<const char*>(values.data()), sizeof values);
  spill(path, raw_safetensors(header, data, header.size()));
  const NamedTensors tensors = read_safetensors(path).tensors;
  EXPECT_EQ(find(tensors, "a").item<float>(), 1.0F);
  EXPECT_TRUE(at::equal(find(tensors, "b"), torch::tensor({1.5F, -2.25F})));
}

TEST(Safetensors, MappingTellsWhichDataIsDamaged) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, {{"x", torch::ones(4)}, {"y", torch::ones(4)}}, {{"top1", "76.8"}});
  put_byte(path, std::filesystem::file_size(path) - 1, '\x7f');
  const SafetensorsFile file = map_safetensors(path);
  const auto check = [&](const std::string& name) {
    return check_data(name, find(file.tensors, name), file.metadata);
  };
  EXPECT_EQ(check("x"), Checksum::kMatches);
  EXPECT_EQ(check("y"), Checksum::kDiffers);
  const Metadata plain = without_checksums(file.metadata);
  EXPECT_EQ(plain, (Metadata{{"format", "pt"}, {"top1", "76.8"}}));
  EXPECT_EQ(check_data("x", torch::ones(4), plain), Checksum::kNone);
}

TEST(Safetensors, ChecksumsOfAnotherFileAreNotCarriedOn) {
  const auto folder = scratch_folder();
  write_safetensors(folder / "a", {{"x", torch::zeros(3)}, {"y", torch::ones(2)}}, {});
  const SafetensorsFile first = read_safetensors(folder / "a");
  write_safetensors(folder / "b", {{"x", torch::ones(3)}}, first.metadata);
  const SafetensorsFile second = read_safetensors(folder / "b");
  EXPECT_FALSE(second.metadata.contains("crc32c.y"));
  EXPECT_NE(second.metadata.at("crc32c.x"), first.metadata.at("crc32c.x"));
}

TEST(Safetensors, AFlippedByteOfTheDataNamesItsTensor) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, {{"x", torch::ones(4)}, {"y", torch::ones(4)}}, {});
  std::string bytes = slurp(path);
  bytes.back() ^= 1;
  spill(path, bytes);
  EXPECT_THAT(message_of<core::DataError>([&] { read_safetensors(path); }),
              testing::AllOf(HasSubstr(path.string()), HasSubstr("tensor 'y'")));
}

TEST(Safetensors, AChangedHeaderIsFoundByItsChecksum) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, {{"x", torch::ones(4)}}, {{"top1", "76.8"}});
  std::string bytes = slurp(path);
  bytes.replace(bytes.find("76.8"), 4, "86.8");
  spill(path, bytes);
  EXPECT_THAT(message_of<core::DataError>([&] { read_safetensors(path); }),
              HasSubstr("checksum of its header"));
}

TEST(Safetensors, EveryTruncationIsFound) {
  const auto path = scratch_folder() / "a.safetensors";
  write_safetensors(path, sample(), {});
  const std::string bytes = slurp(path);
  for (size_t length = bytes.size(); length-- > 0;) {
    std::filesystem::resize_file(path, length);
    ASSERT_THROW(read_safetensors(path), core::DataError) << length;
  }
  spill(path, bytes + '\0');
  EXPECT_THROW(read_safetensors(path), core::DataError) << "one byte more";
}

TEST(Safetensors, AHugeHeaderLengthIsRefusedBeforeAllocation) {
  const auto path = scratch_folder() / "a.safetensors";
  for (uint64_t length : {uint64_t{3}, uint64_t{100'000'001}, UINT64_MAX, UINT64_MAX - 7}) {
    spill(path, raw_safetensors("{}", "", length));
    EXPECT_THAT(message_of<core::DataError>([&] { read_safetensors(path); }),
                HasSubstr("does not fit"));
  }
  spill(path, raw_safetensors("{}", "", 2));
  EXPECT_TRUE(read_safetensors(path).tensors.empty());
}

TEST(Safetensors, WhatCannotBeWrittenIsADefectOfTheProgram) {
  const auto path = scratch_folder() / "a.safetensors";
  const at::Tensor x = torch::ones(1);
  EXPECT_THAT(message_of<core::Error>([&] {
                write_safetensors(path, {{"x", x}, {"x", x}}, {});
              }),
              HasSubstr("'x'"));
  EXPECT_THAT(message_of<core::Error>([&] {
                write_safetensors(path, {{"x", x.to(at::kBool)}}, {});
              }),
              HasSubstr("Bool"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace train_backbone::io
