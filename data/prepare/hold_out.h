#pragma once

#include <cstdint>

#include "data/prepare/picture_list.h"

namespace train_backbone::data {

// How many of a class's pictures are for validation: the share, rounded, but at least one and not
// all; of a single picture none.
uint64_t held_out_of(uint64_t pictures, double share);

// Takes the pictures for validation out of `list` and returns them. Each class gives
// held_out_of(its pictures, share): those whose "CLASS/NAME" has the smallest hashes. So the draw
// is a function of the names and the share alone, whatever the order of the list, and what a
// smaller share takes, a larger one takes too. All classes must be known; both lists have all of
// them.
PictureList hold_out(PictureList& list, double share);

}  // namespace train_backbone::data
