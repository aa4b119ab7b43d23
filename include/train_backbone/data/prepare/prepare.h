#pragma once

#include <cstdint>

#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

struct PrepareResult {
  uint64_t images = 0;             // in all shards, also those of an earlier, continued run
  uint64_t validation_images = 0;  // of them, where validation_share divides the input
  uint64_t skipped = 0;            // bad pictures left out (on_bad_image = skip)
  uint64_t converted = 0;          // pictures re-encoded in this run
  uint64_t shards = 0;
  uint64_t shards_kept = 0;  // whole already when this run began
  uint64_t classes = 0;
  double images_per_second = 0;  // of this run
};

// Converts pictures to TFRecord shards (data/README.md). Progress goes to standard output.
//
// Inputs, told apart by layout and content: class folders (INPUT/CLASS/x.JPEG or
// INPUT/SPLIT/CLASS/x.JPEG), a tar of class tars or of class folders, a flat folder or tar with
// `labels`, IDX files. Labels are 1-based positions in the sorted class names unless `synsets` (or
// the class folders of `train` beside another split, or the values of an IDX file) fix them.
// Order: as aws-samples' preprocess_imagenet.py: sorted, `train` shuffled by Python's
// random.seed(0) and random.shuffle, cut into equal runs; other splits stay sorted by file name.
// JPEG bytes are stored as they are, CMYK and PNG (without keep_png) as RGB JPEG.
//
// With `validation_share` undivided class folders become both splits, train and validation, which
// are checked against what the folder holds before either is written (data/README.md: the draw).
//
// Writes SPLIT-00000-of-NNNNN, synsets.txt, prepare-SPLIT.txt (the journal a second run continues
// from) and, when pictures were left out, bad_images.csv. Shards appear whole; their bytes depend
// on input and options, never on `workers` or interruptions.
//
// Throws core::UsageError (also when `output` holds other shards of the split, unless `overwrite`),
// core::DataError, core::DeviceError.
PrepareResult prepare(const PrepareOptions& options);

}  // namespace train_backbone::data
