#pragma once

#include "train_backbone/core/errors.h"

namespace train_backbone::comm {

// The connection to another rank is gone, seen from here alone: it need not be the rank at fault,
// as all others end after the first. The watch over all ranks hears of that one; it is to be given
// a moment before this is told.
class LostPeer : public core::DeviceError {
 public:
  using core::DeviceError::DeviceError;
};

}  // namespace train_backbone::comm
