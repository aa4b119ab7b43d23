#include "train_backbone/data/record/damaged_record.h"

#include <utility>

namespace train_backbone::data {

DamagedRecordError::DamagedRecordError(DamagedRecord damage)
    : core::DataError(damage.shard, damage.offset, damage.reason), damage_(std::move(damage)) {}

}  // namespace train_backbone::data
