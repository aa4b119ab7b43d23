#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/block_product.h"
#include "ops/winograd_cpu.h"
#include "ops/winograd_transforms.h"

// winograd_cpu.h for vectors of kLanes floats (a divisor of kChannelGroup). Planes of a block of
// tiles stay in the cache between transform, product and transform back.
namespace train_backbone::ops::winograd {

// Of tiles; multiples of the rows of a product. Where windows are large, more tiles share what it
// costs to read them.
inline int64_t block_tiles(int64_t in, int64_t out) {
  constexpr int64_t kLarge = 256 * 256;
  return in * out > kLarge ? 48 : 24;
}

// Planes that lie a multiple of a page apart would push one another out of the cache.
constexpr int64_t kGap = 16;

inline int64_t plane_size(int64_t tiles, int64_t channels) {
  return tiles * groups_of(channels) * kChannelGroup + kGap;
}

// Where element (plane, tile, channel) of transformed tiles is.
struct Layout {
  int64_t plane = 0;
  int64_t tile = 0;
  int64_t panel = 0;  // from kLanes channels to the next

  // Each tile's channels side by side.
  static Layout rows(int64_t tiles, int64_t channels, int64_t lanes) {
    return {.plane = plane_size(tiles, channels),
            .tile = groups_of(channels) * kChannelGroup,
            .panel = lanes};
  }
  // A panel's channels side by side, of one tile after the other.
  static Layout panels(int64_t tiles, int64_t channels, int64_t lanes) {
    return {.plane = plane_size(tiles, channels), .tile = lanes, .panel = tiles * lanes};
  }
};

// Windows: plane, panel of output channels, input channel, lane.
inline int64_t windows_plane(int64_t in, int64_t out) {
  return groups_of(out) * kChannelGroup * in + kGap;
}

// The upper left pixel of a tile.
struct Place {
  int64_t picture = 0;
  int64_t y = 0;
  int64_t x = 0;

  static Place of(int64_t tile, const WinogradShape& shape) {
    const int64_t row = tile / shape.tiles_wide();
    return {.picture = row / shape.tiles_high(),
            .y = 2 * (row % shape.tiles_high()),
            .x = 2 * (tile % shape.tiles_wide())};
  }
  [[nodiscard]] int64_t pixel(const WinogradShape& shape, int64_t down, int64_t right) const {
    return (picture * shape.height + y + down) * shape.width + x + right;
  }
  [[nodiscard]] bool inside(const WinogradShape& shape, int64_t down, int64_t right) const {
    return y + down >= 0 && y + down < shape.height && x + right >= 0 && x + right < shape.width;
  }
};

// So many panels hold the channels of `groups`; those of the last group may be fewer than all.
template <int64_t kLanes>
int64_t panels_of(Range groups, int64_t channels) {
  const int64_t end = std::min(groups.end * kChannelGroup, channels);
  return (end - groups.begin * kChannelGroup + kLanes - 1) / kLanes;
}

// The channels [begin, end) of `from`, or zeros where it is null.
template <int64_t kLanes>
TB_ALWAYS_INLINE Vector<kLanes> load_pixel(const float* from, int64_t begin, int64_t end) {
  if (from == nullptr) return Vector<kLanes>{};
  return load_some<kLanes>(from + begin, end - begin);
}

// Tile's patch of x, channels of `groups`, to `planes` (which begin at the first of these groups).
template <int64_t kLanes>
TB_ALWAYS_INLINE void read_patch(const float* x, const WinogradShape& shape, const Place& place,
                                 Range groups, const Layout& layout, float* planes) {
  const float* pixels[16];
#pragma GCC unroll 16
  for (int64_t i = 0; i < 16; ++i) {
    const int64_t down = i / 4 - 1;
    const int64_t right = i % 4 - 1;
    pixels[i] =
        place.inside(shape, down, right) ? x + place.pixel(shape, down, right) * shape.in : nullptr;
  }
  const int64_t end = std::min(groups.end * kChannelGroup, shape.in);
  for (int64_t c = groups.begin * kChannelGroup; c < end; c += kLanes) {
    Vector<kLanes> patch[16];
#pragma GCC unroll 16
    for (int64_t i = 0; i < 16; ++i) patch[i] = load_pixel<kLanes>(pixels[i], c, end);
    transform_patch<kLanes>(patch);
#pragma GCC unroll 16
    for (int64_t i = 0; i < 16; ++i) store<kLanes>(patch[i], planes + i * layout.plane);
    planes += layout.panel;
  }
}

// The four pixels of a tile of the output, null beyond its border.
template <class Element>
TB_ALWAYS_INLINE void find_tile(Element* image, const WinogradShape& shape, const Place& place,
                                Element* (&pixels)[4]) {
  for (int64_t i = 0; i < 4; ++i) {
    const int64_t down = i / 2;
    const int64_t right = i % 2;
    pixels[i] = place.inside(shape, down, right)
                    ? image + place.pixel(shape, down, right) * shape.out
                    : nullptr;
  }
}

// Product's planes of a tile, channels of `groups`, to y.
template <int64_t kLanes>
TB_ALWAYS_INLINE void write_tile(const float* planes, const Layout& layout,
                                 const WinogradShape& shape, const Place& place, Range groups,
                                 float* y) {
  float* pixels[4];
  find_tile(y, shape, place, pixels);
  const int64_t end = std::min(groups.end * kChannelGroup, shape.out);
  for (int64_t c = groups.begin * kChannelGroup; c < end; c += kLanes) {
    Vector<kLanes> all[16];
#pragma GCC unroll 16
    for (int64_t i = 0; i < 16; ++i) all[i] = load<kLanes>(planes + i * layout.plane);
    Vector<kLanes> tile[4];
    transform_back<kLanes>(all, tile);
#pragma GCC unroll 4
    for (int64_t i = 0; i < 4; ++i) {
      if (pixels[i] != nullptr) store_some<kLanes>(tile[i], pixels[i] + c, end - c);
    }
    planes += layout.panel;
  }
}

// A tile of dy, all channels, to `planes`.
template <int64_t kLanes>
TB_ALWAYS_INLINE void read_gradient(const float* dy, const WinogradShape& shape, const Place& place,
                                    const Layout& layout, float* planes) {
  const float* pixels[4];
  find_tile(dy, shape, place, pixels);
  for (int64_t c = 0; c < shape.out; c += kLanes) {
    Vector<kLanes> tile[4];
    for (int64_t i = 0; i < 4; ++i) tile[i] = load_pixel<kLanes>(pixels[i], c, shape.out);
    Vector<kLanes> all[16];
    spread_tile<kLanes>(tile, all);
#pragma GCC unroll 16
    for (int64_t i = 0; i < 16; ++i) store<kLanes>(all[i], planes + i * layout.plane);
    planes += layout.panel;
  }
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void convolve(const float* x, const float* windows, const WinogradShape& shape,
                               const WinogradShare& share, float* workspace, float* y) {
  const int64_t most = block_tiles(shape.in, shape.out);
  const Layout patches = Layout::rows(most, shape.in, kLanes);
  const Layout products = Layout::rows(most, shape.out, kLanes);
  float* const sums = workspace + kWinogradPlanes * patches.plane;
  const Range all{.begin = 0, .end = groups_of(shape.in)};
  const RightFactor right{.data = windows + share.groups.begin * kChannelGroup * shape.in,
                          .panel_stride = shape.in * kLanes};
  for (int64_t first = share.tiles.begin; first < share.tiles.end; first += most) {
    const int64_t count = std::min(most, share.tiles.end - first);
    for (int64_t t = 0; t < count; ++t) {
      read_patch<kLanes>(x, shape, Place::of(first + t, shape), all, patches,
                         workspace + t * patches.tile);
    }
    for (int64_t plane = 0; plane < kWinogradPlanes; ++plane) {
      multiply<kLanes>(
          {.data = workspace + plane * patches.plane, .row_stride = patches.tile, .k_stride = 1},
          {.data = right.data + plane * windows_plane(shape.in, shape.out),
           .panel_stride = right.panel_stride},
          {.rows = count, .panels = panels_of<kLanes>(share.groups, shape.out), .depth = shape.in},
          /*add=*/false, sums + plane * products.plane, products.tile);
    }
    for (int64_t t = 0; t < count; ++t) {
      write_tile<kLanes>(sums + t * products.tile, products, shape, Place::of(first + t, shape),
                         share.groups, y);
    }
  }
}

// Sums: plane, output channel, input channel (as many as all groups have).
inline int64_t sums_plane(int64_t in, int64_t out) {
  return out * groups_of(in) * kChannelGroup + kGap;
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void gradient_sums(const float* x, const float* dy, const WinogradShape& shape,
                                    const WinogradShare& share, float* workspace, float* sums) {
  const int64_t most = block_tiles(shape.in, shape.out);
  const Layout patches = Layout::panels(most, shape.in, kLanes);
  const Layout gradients = Layout::rows(most, shape.out, kLanes);
  float* const spread = workspace + kWinogradPlanes * patches.plane;
  const int64_t row = groups_of(shape.in) * kChannelGroup;
  for (int64_t first = share.tiles.begin; first < share.tiles.end; first += most) {
    const int64_t count = std::min(most, share.tiles.end - first);
    for (int64_t t = 0; t < count; ++t) {
      const Place place = Place::of(first + t, shape);
      read_patch<kLanes>(x, shape, place, share.groups, patches, workspace + t * patches.tile);
      read_gradient<kLanes>(dy, shape, place, gradients, spread + t * gradients.tile);
    }
    for (int64_t plane = 0; plane < kWinogradPlanes; ++plane) {
      multiply<kLanes>(
          {.data = spread + plane * gradients.plane, .row_stride = 1, .k_stride = gradients.tile},
          {.data = workspace + plane * patches.plane, .panel_stride = patches.panel},
          {.rows = shape.out, .panels = panels_of<kLanes>(share.groups, shape.in), .depth = count},
          /*add=*/first > share.tiles.begin,
          sums + plane * sums_plane(shape.in, shape.out) + share.groups.begin * kChannelGroup, row);
    }
  }
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void weight_gradient(const float* sums, int64_t parts, int64_t in, int64_t out,
                                      Range channels, float* gradient) {
  const int64_t row = groups_of(in) * kChannelGroup;
  const int64_t plane = sums_plane(in, out);
  for (int64_t o = channels.begin; o < channels.end; ++o) {
    for (int64_t c = 0; c < in; c += kLanes) {
      Vector<kLanes> planes[16] = {};
      for (int64_t part = 0; part < parts; ++part) {
        const float* const from = sums + part * kWinogradPlanes * plane + o * row + c;
#pragma GCC unroll 16
        for (int64_t i = 0; i < 16; ++i) planes[i] += load<kLanes>(from + i * plane);
      }
      Vector<kLanes> window[9];
      gather_window<kLanes>(planes, window);
#pragma GCC unroll 9
      for (int64_t i = 0; i < 9; ++i) {
        store_some<kLanes>(window[i], gradient + (o * 9 + i) * in + c, in - c);
      }
    }
  }
}

// One group of output channels: kLanes input channels at a time are transformed, and turned round
// so that output channels lie side by side.
template <int64_t kLanes>
TB_ALWAYS_INLINE void windows_of_group(const float* weight, int64_t in, int64_t out, int64_t group,
                                       float* windows) {
  const int64_t first = group * kChannelGroup;
  for (int64_t c = 0; c < in; c += kLanes) {
    float turned[16][kChannelGroup][kLanes] = {};
    for (int64_t o = 0; o < std::min(kChannelGroup, out - first); ++o) {
      Vector<kLanes> window[9];
      for (int64_t i = 0; i < 9; ++i) {
        window[i] = load_some<kLanes>(weight + ((first + o) * 9 + i) * in + c, in - c);
      }
      Vector<kLanes> planes[16];
      transform_window<kLanes>(window, planes);
      for (int64_t i = 0; i < 16; ++i) store<kLanes>(planes[i], turned[i][o]);
    }
    for (int64_t i = 0; i < 16; ++i) {
      float* const plane = windows + i * windows_plane(in, out) + first * in;
      for (int64_t panel = 0; panel < kChannelGroup / kLanes; ++panel) {
        for (int64_t k = 0; k < std::min(kLanes, in - c); ++k) {
          float* const to = plane + (panel * in + c + k) * kLanes;
          for (int64_t o = 0; o < kLanes; ++o) to[o] = turned[i][panel * kLanes + o][k];
        }
      }
    }
  }
}

template <int64_t kLanes>
TB_ALWAYS_INLINE void windows_of(const float* weight, int64_t in, int64_t out, Range groups,
                                 float* windows) {
  for (int64_t group = groups.begin; group < groups.end; ++group) {
    windows_of_group<kLanes>(weight, in, out, group, windows);
  }
}

// The input's channels are the columns of the product here, the output's its depth.
template <int64_t kLanes>
TB_ALWAYS_INLINE void turned_windows_of(const float* weight, int64_t in, int64_t out, Range groups,
                                        float* windows) {
  const int64_t plane = windows_plane(out, in);
  const int64_t end = std::min(groups.end * kChannelGroup, in);
  for (int64_t c = groups.begin * kChannelGroup; c < end; c += kLanes) {
    for (int64_t o = 0; o < out; ++o) {
      Vector<kLanes> window[9];
      for (int64_t i = 0; i < 9; ++i) {
        window[i] = load_some<kLanes>(weight + (o * 9 + 8 - i) * in + c, in - c);
      }
      Vector<kLanes> planes[16];
      transform_window<kLanes>(window, planes);
      for (int64_t i = 0; i < 16; ++i) {
        store<kLanes>(planes[i], windows + i * plane + c * out + o * kLanes);
      }
    }
  }
}

}  // namespace train_backbone::ops::winograd
