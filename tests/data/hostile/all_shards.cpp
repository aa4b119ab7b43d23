#include "damaged_shards.h"

namespace train_backbone::data {

const size_t kShardStep = 1;

}  // namespace train_backbone::data
