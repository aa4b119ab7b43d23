#include "train_backbone/data/prepare/options.h"

namespace train_backbone::data {

void PrepareOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(input,
                 {.name = "input",
                  .help = "class folders, ImageNet's tar of class tars, a flat folder or tar "
                          "with --labels, or an IDX images file or folder",
                  .required = true});
  visitor.option(output, {.name = "output", .help = "folder for the shards", .required = true});
  visitor.option(split, {.name = "split",
                         .help = "name before the shards' numbers; train is shuffled, others "
                                 "(validation) keep the order of the file names"});
  visitor.option(validation_share,
                 {.name = "validation_share",
                  .help = "of class folders that are not divided yet: draws this share of each "
                          "class for validation and makes both train and validation, such as 0.1; "
                          "instead of --split",
                  .bound = {.low = 0, .high = 1, .low_open = true, .high_open = true}});
  visitor.option(shards, {.name = "shards",
                          .help = "number of shards; 0: 1024 for train, 128 for others, but at "
                                  "most one per 1000 pictures or 32 MiB. With --validation_share "
                                  "of train; validation has as many as for 0",
                          .bound = core::between(0, 99999)});
  visitor.option(labels, {.name = "labels",
                          .help = "label list of a flat input, 'FILE SYNSET' or 'SYNSET' per line; "
                                  "for IDX the labels file"});
  visitor.option(synsets, {.name = "synsets",
                           .help = "classes in the order of their labels, one per line, such as "
                                   "the synsets.txt of the training shards"});
  visitor.option(synset_words, {.name = "synset_words",
                                .help = "'SYNSET WORDS' per line, stored as image/class/text"});
  visitor.option(devkit_map, {.name = "devkit_map",
                              .help = "'ID SYNSET' per line, for label lists with the devkit's "
                                      "numbers"});
  visitor.option(keep_png, {.name = "keep_png", .help = "store PNG as it is, not as RGB JPEG"});
  visitor.option(verify_images,
                 {.name = "verify_images", .help = "decode every picture to find damaged ones"});
  visitor.option(on_bad_image, {.name = "on_bad_image",
                                .help = "fail: stop at the first unreadable picture; skip: leave "
                                        "such pictures out and list them in bad_images.csv",
                                .choices = {"fail", "skip"}});
  visitor.option(max_bad_images, {.name = "max_bad_images",
                                  .help = "with skip: more unreadable pictures than this stop the "
                                          "run",
                                  .bound = core::at_least(0),
                                  .unit = "pictures"});
  visitor.option(jpeg_quality, {.name = "jpeg_quality",
                                .help = "of pictures that have to be converted",
                                .bound = core::between(1, 100)});
  visitor.option(workers, {.name = "workers",
                           .help = "threads; auto: one per core. Never changes what is written",
                           .bound = core::between(0, 1024),
                           .unit = "threads",
                           .word_for_zero = "auto"});
  visitor.option(overwrite, {.name = "overwrite",
                             .help = "replace shards of this split that were made from other input "
                                     "or with other options"});
}

}  // namespace train_backbone::data
