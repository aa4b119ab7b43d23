#include "damaged_shards.h"

namespace train_backbone::data {

const size_t kShardStep = 11;  // no factor of the frames' and checksums' sizes

}  // namespace train_backbone::data
