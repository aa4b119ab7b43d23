#include "data/image/bilinear_kernels.h"

#include <algorithm>
#include <cstring>

// Highway compiles this file once per kind of CPU.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/image/bilinear_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace train_backbone::data::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void blend_columns_here(const uint8_t* row, const int32_t* offsets, const float* weights,
                        size_t count, bool mirrored, uint64_t* /*pairs*/, float* out) {
  for (size_t pixel = 0; pixel < count; ++pixel) {
    const uint8_t* from = row + offsets[pixel] + (mirrored ? 3 : 0);
    const uint8_t* to = row + offsets[pixel] + (mirrored ? 0 : 3);
    for (size_t channel = 0; channel < 3; ++channel) {
      const auto begin = static_cast<float>(from[channel]);
      out[4 * pixel + channel] =
          begin + (static_cast<float>(to[channel]) - begin) * weights[4 * pixel];
    }
  }
}

void blend_rows_here(const float* top, const float* bottom, float weight, size_t /*count*/,
                     size_t pixels, uint8_t* /*scratch*/, uint8_t* out) {
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    for (size_t channel = 0; channel < 3; ++channel) {
      const size_t at = 4 * pixel + channel;
      const float value = top[at] + (bottom[at] - top[at]) * weight;
      *out++ = static_cast<uint8_t>(value + 0.5F);
    }
  }
}

#else

using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using Bytes = hn::Repartition<uint8_t, Floats>;
using Words = hn::Repartition<uint64_t, Floats>;
using Block = hn::Full128<uint8_t>;

// A block of 16 bytes holds two pixel pairs. These take one pixel's channels as 32-bit lanes; an
// index with the highest bit set gives 0.
#define TB_LANES(first)                                                                          \
  {                                                                                              \
    first, 128, 128, 128, (first) + 1, 128, 128, 128, (first) + 2, 128, 128, 128, 128, 128, 128, \
        128                                                                                      \
  }
alignas(16) constexpr uint8_t kNear[2][16] = {TB_LANES(0), TB_LANES(8)};
alignas(16) constexpr uint8_t kFar[2][16] = {TB_LANES(3), TB_LANES(11)};
#undef TB_LANES
alignas(16) constexpr uint8_t kDropFourth[16] = {0,  1,  2,  4,  5, 6, 8,  9,
                                                 10, 12, 13, 14, 3, 7, 11, 15};

template <class Pairs, class Index>
HWY_INLINE hn::Vec<Floats> channels(Pairs pairs, Index index) {
  return hn::ConvertTo(Floats(), hn::BitCast(Ints(), hn::TableLookupBytesOr0(pairs, index)));
}

HWY_INLINE hn::Vec<Floats> blend(hn::Vec<Floats> from, hn::Vec<Floats> to, hn::Vec<Floats> weight) {
  return hn::Add(from, hn::Mul(hn::Sub(to, from), weight));
}

// So that the first pixels of all blocks are neighbours, and so are the second ones.
HWY_INLINE void copy_pairs(const uint8_t* row, const int32_t* offsets, size_t blocks,
                           uint64_t* pairs) {
  for (size_t block = 0; block < blocks; ++block) {
    std::memcpy(pairs + 2 * block, row + offsets[block], sizeof(uint64_t));
    std::memcpy(pairs + 2 * block + 1, row + offsets[blocks + block], sizeof(uint64_t));
  }
}

void blend_columns_here(const uint8_t* row, const int32_t* offsets, const float* weights,
                        size_t count, bool mirrored, uint64_t* pairs, float* out) {
  const size_t lanes = hn::Lanes(Floats());
  const size_t blocks = lanes / 4;
  for (size_t pixel = 0; pixel < count; pixel += 2 * blocks) {
    copy_pairs(row, offsets + pixel, blocks, pairs + pixel);
  }
  const auto& first = mirrored ? kFar : kNear;
  const auto& second = mirrored ? kNear : kFar;
  const auto from0 = hn::LoadDup128(Bytes(), first[0]);
  const auto from1 = hn::LoadDup128(Bytes(), first[1]);
  const auto to0 = hn::LoadDup128(Bytes(), second[0]);
  const auto to1 = hn::LoadDup128(Bytes(), second[1]);
  for (size_t pixel = 0; pixel < count; pixel += 2 * blocks) {
    const auto pair = hn::BitCast(Bytes(), hn::Load(Words(), pairs + pixel));
    const float* weight = weights + 4 * pixel;
    float* target = out + 4 * pixel;
    const auto low = blend(channels(pair, from0), channels(pair, to0), hn::Load(Floats(), weight));
    const auto high =
        blend(channels(pair, from1), channels(pair, to1), hn::Load(Floats(), weight + lanes));
    hn::Store(low, Floats(), target);
    hn::Store(high, Floats(), target + lanes);
  }
}

// Four pixels at a time; the four bytes that are written too much belong to the next ones.
HWY_INLINE void drop_fourth(const uint8_t* four_lanes, size_t pixels, uint8_t* out) {
  const auto order = hn::Load(Block(), kDropFourth);
  size_t pixel = 0;
  for (; 3 * pixel + 16 <= 3 * pixels; pixel += 4) {
    const auto packed = hn::TableLookupBytes(hn::LoadU(Block(), four_lanes + 4 * pixel), order);
    hn::StoreU(packed, Block(), out + 3 * pixel);
  }
  for (; pixel < pixels; ++pixel) {
    std::memcpy(out + 3 * pixel, four_lanes + 4 * pixel, 3);
  }
}

void blend_rows_here(const float* top, const float* bottom, float weight, size_t count,
                     size_t pixels, uint8_t* scratch, uint8_t* out) {
  const Floats floats;
  const hn::RebindToUnsigned<Floats> unsigned_ints;
  const auto share = hn::Set(floats, weight);
  const auto half = hn::Set(floats, 0.5F);
  for (size_t value = 0; value < 4 * count; value += hn::Lanes(floats)) {
    const auto blended = hn::Add(
        blend(hn::Load(floats, top + value), hn::Load(floats, bottom + value), share), half);
    const auto bytes = hn::U8FromU32(hn::BitCast(unsigned_ints, hn::ConvertTo(Ints(), blended)));
    hn::StoreU(bytes, hn::Rebind<uint8_t, Floats>(), scratch + value);
  }
  drop_fourth(scratch, pixels, out);
}

#endif

}  // namespace train_backbone::data::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace train_backbone::data {

HWY_EXPORT(blend_columns_here);
HWY_EXPORT(blend_rows_here);

void blend_columns(const uint8_t* row, const int32_t* offsets, const float* weights, size_t count,
                   bool mirrored, uint64_t* pairs, float* out) {
  HWY_DYNAMIC_DISPATCH(blend_columns_here)(row, offsets, weights, count, mirrored, pairs, out);
}

void blend_rows(const float* top, const float* bottom, float weight, size_t count, size_t pixels,
                uint8_t* scratch, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(blend_rows_here)(top, bottom, weight, count, pixels, scratch, out);
}

}  // namespace train_backbone::data
#endif
