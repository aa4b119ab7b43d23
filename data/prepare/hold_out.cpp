#include "data/prepare/hold_out.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "data/prepare/digest.h"

namespace train_backbone::data {
namespace {

// Never to be changed: it decides what is in shards that people have.
uint64_t draw_hash(const PictureList& list, const Picture& picture) {
  Digest digest;
  digest.add(list.class_name(picture));
  digest.add(list.name(picture));
  return digest.value();
}

// Per class the positions of its pictures, in the order in which they are drawn.
std::vector<std::vector<size_t>> drawing_order(const PictureList& list) {
  std::vector<uint64_t> hashes;
  std::vector<std::vector<size_t>> classes(list.classes().size());
  for (const Picture& picture : list.pictures()) {
    classes[picture.class_number].push_back(hashes.size());
    hashes.push_back(draw_hash(list, picture));
  }
  for (std::vector<size_t>& pictures : classes) {
    std::sort(pictures.begin(), pictures.end(), [&](size_t a, size_t b) {
      return std::forward_as_tuple(hashes[a], list.name(list[a])) <
             std::forward_as_tuple(hashes[b], list.name(list[b]));
    });
  }
  return classes;
}

}  // namespace

uint64_t held_out_of(uint64_t pictures, double share) {
  if (pictures < 2) return 0;
  const double wanted = std::round(share * static_cast<double>(pictures));
  return std::clamp<uint64_t>(static_cast<uint64_t>(wanted), 1, pictures - 1);
}

PictureList hold_out(PictureList& list, double share) {
  std::vector<bool> held(list.size());
  for (const std::vector<size_t>& pictures : drawing_order(list)) {
    const uint64_t count = held_out_of(pictures.size(), share);
    for (uint64_t i = 0; i < count; ++i) held[pictures[i]] = true;
  }
  PictureList validation = list;
  std::vector<Picture> training;
  validation.pictures().clear();
  for (size_t i = 0; i < list.size(); ++i) {
    (held[i] ? validation.pictures() : training).push_back(list[i]);
  }
  list.pictures() = std::move(training);
  return validation;
}

}  // namespace train_backbone::data
