#include "train_backbone/ops/gpu_peak.h"

#include <array>
#include <cctype>

namespace train_backbone::ops {
namespace {

constexpr double kTera = 1e12;
constexpr double kGiga = 1e9;

// In TFLOP/s; 0: it has no such numbers.
struct Peak {
  std::string_view name;
  double half;  // fp16; bf16 is as fast where there is any
  double tf32;
  double fp32;
  double bandwidth;  // of the memory, in GB/s
};

// The first name that is found counts.
constexpr std::array kPeaks{
    Peak{"V100-PCIE", 112, 0, 14, 900},
    Peak{"V100", 125, 0, 15.7, 900},
    Peak{"T4", 65, 0, 8.1, 320},
    Peak{"A100-SXM4-80GB", 312, 156, 19.5, 2039},
    Peak{"A100 80GB", 312, 156, 19.5, 1935},  // PCIe
    Peak{"A100", 312, 156, 19.5, 1555},       // of 40 GB
    Peak{"A10G", 70, 35, 31.2, 600},
    Peak{"L40S", 362, 183, 91.6, 864},
    Peak{"L4", 121, 60, 30.3, 300},
    Peak{"H100 PCIe", 756, 378, 51, 2000},
    Peak{"H100 NVL", 835, 417, 60, 3900},
    Peak{"H100", 989, 494, 67, 3350},
    Peak{"H200 NVL", 835, 417, 60, 4800},
    Peak{"H200", 989, 494, 67, 4800},
    Peak{"B200", 2250, 1125, 75, 8000},
};

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// As words: a T400 is no T4.
bool has_name(std::string_view text, std::string_view name) {
  const size_t begin = text.find(name);
  if (begin == std::string_view::npos) return false;
  const size_t end = begin + name.size();
  return (begin == 0 || !is_letter_or_digit(text[begin - 1])) &&
         (end == text.size() || !is_letter_or_digit(text[end]));
}

double of(const Peak& peak, Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return peak.fp32;
    case Precision::kTf32:
      return peak.tf32;
    case Precision::kFp16:
    case Precision::kBf16:
      return peak.half;
  }
  return 0;
}

const Peak* find(std::string_view gpu_name) {
  if (has_name(gpu_name, "MIG")) return nullptr;  // a part of a GPU
  for (const Peak& peak : kPeaks) {
    if (has_name(gpu_name, peak.name)) return &peak;
  }
  return nullptr;
}

}  // namespace

std::optional<double> peak_flops(std::string_view gpu_name, Precision precision) {
  const Peak* const peak = find(gpu_name);
  const double flops = peak == nullptr ? 0 : kTera * of(*peak, precision);
  return flops > 0 ? std::optional(flops) : std::nullopt;
}

std::optional<double> peak_bandwidth(std::string_view gpu_name) {
  const Peak* const peak = find(gpu_name);
  if (peak == nullptr) return std::nullopt;
  return kGiga * peak->bandwidth;
}

}  // namespace train_backbone::ops
