#include "train_backbone/ops/gpu_peak.h"

#include <gtest/gtest.h>

namespace train_backbone::ops {
namespace {

TEST(PeakFlops, AreThoseOfTheDataSheet) {
  EXPECT_EQ(peak_flops("Tesla V100-SXM2-16GB", Precision::kFp16), 125e12);
  EXPECT_EQ(peak_flops("Tesla V100-PCIE-32GB", Precision::kFp16), 112e12);
  EXPECT_EQ(peak_flops("NVIDIA H100 80GB HBM3", Precision::kBf16), 989e12);
  EXPECT_EQ(peak_flops("NVIDIA H100 PCIe", Precision::kBf16), 756e12);
  EXPECT_EQ(peak_flops("NVIDIA A100-SXM4-40GB", Precision::kTf32), 156e12);
  EXPECT_EQ(peak_flops("Tesla T4", Precision::kFp32), 8.1e12);
}

TEST(PeakFlops, OfOtherGpusAreNotGuessed) {
  EXPECT_EQ(peak_flops("NVIDIA GeForce RTX 4090", Precision::kBf16), std::nullopt);
  EXPECT_EQ(peak_flops("NVIDIA T400 4GB", Precision::kFp16), std::nullopt);
  EXPECT_EQ(peak_flops("NVIDIA L40", Precision::kFp16), std::nullopt);
  EXPECT_EQ(peak_flops("", Precision::kFp32), std::nullopt);
  EXPECT_EQ(peak_flops("NVIDIA A100-SXM4-40GB MIG 1g.5gb", Precision::kFp16), std::nullopt);
  EXPECT_EQ(peak_flops("Tesla V100-SXM2-16GB", Precision::kTf32), std::nullopt);  // it has none
}

TEST(PeakBandwidth, IsThatOfTheDataSheet) {
  EXPECT_EQ(peak_bandwidth("Tesla V100-SXM2-16GB"), 900e9);
  EXPECT_EQ(peak_bandwidth("Tesla T4"), 320e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA A100-SXM4-40GB"), 1555e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA A100-PCIE-40GB"), 1555e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA A100-SXM4-80GB"), 2039e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA A100 80GB PCIe"), 1935e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA H100 80GB HBM3"), 3350e9);
  EXPECT_EQ(peak_bandwidth("NVIDIA H200"), 4800e9);
}

TEST(PeakBandwidth, OfOtherGpusIsNotGuessed) {
  EXPECT_EQ(peak_bandwidth("NVIDIA GeForce RTX 4090"), std::nullopt);
  EXPECT_EQ(peak_bandwidth("NVIDIA A100-SXM4-80GB MIG 1g.10gb"), std::nullopt);
  EXPECT_EQ(peak_bandwidth(""), std::nullopt);
}

}  // namespace
}  // namespace train_backbone::ops
