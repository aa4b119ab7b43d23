#include "train_backbone/data/damage_options.h"

namespace train_backbone::data {

void DamageOptions::visit(core::OptionVisitor& visitor) {
  visitor.option(on_bad_record,
                 {.name = "on_bad_record",
                  .help = "fail: a damaged record ends the run; skip: training shows another one "
                          "in its place, validation leaves it out, and each is named once, in a "
                          "run also in bad_records.csv",
                  .choices = {"fail", "skip"}});
  visitor.option(max_bad_records,
                 {.name = "max_bad_records",
                  .help = "with skip: more damaged records than this in a data set end the run; "
                          "default: 0.1 % of it, at least 1",
                  .bound = core::at_least(0),
                  .unit = "records"});
}

}  // namespace train_backbone::data
