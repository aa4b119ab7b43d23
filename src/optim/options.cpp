#include "train_backbone/optim/options.h"

#include "train_backbone/core/errors.h"

namespace train_backbone::optim {

void OptimOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(learning_rate,
                 {.name = "learning_rate",
                  .help = "peak rate per 256 samples: the peak is this x global batch / 256",
                  .bound = core::above(0),
                  .short_name = "lr"});
  visitor.option(momentum, {.name = "momentum",
                            .help = "share of the last update that the next one keeps (Nesterov)",
                            .bound = core::below(0, 1)});
  visitor.option(l2_weight_decay,
                 {.name = "l2_weight_decay",
                  .help = "Keras' lambda, half of --weight_decay, for convolution and dense "
                          "weights; default 1e-4. Not together with --weight_decay",
                  .bound = core::at_least(0),
                  .instead_of = "weight_decay"});
  visitor.option(weight_decay,
                 {.name = "weight_decay",
                  .help = "torch's weight decay = 2 x --l2_weight_decay; default 2e-4",
                  .bound = core::at_least(0)});
  visitor.option(schedule, {.name = "schedule",
                            .help = "learning rate after warm-up: cosine to zero, or x 0.1 after "
                                    "25, 55, 75, 100 (short) or 55, 115, 175 (long) epochs",
                            .choices = {"cosine", "piecewise_short", "piecewise_long"}});
  visitor.option(num_epochs, {.name = "num_epochs",
                              .help = "length of the run; may be a fraction",
                              .bound = core::above(0),
                              .unit = "epochs"});
  visitor.option(warmup_epochs, {.name = "warmup_epochs",
                                 .help = "length of the linear warm-up; 0: none",
                                 .bound = core::at_least(0),
                                 .unit = "epochs"});
  visitor.option(warmup_factor, {.name = "warmup_factor",
                                 .help = "share of the peak rate at which warm-up begins",
                                 .bound = core::between(0, 1)});
  visitor.option(loss_scale,
                 {.name = "loss_scale",
                  .help = "factor of the loss while gradients are computed, so that small ones do "
                          "not vanish in fp16: a number, dynamic or none; an update whose "
                          "gradients overflow is left out. auto: dynamic with --precision fp16",
                  .suggestions = {"auto", "dynamic", "none"}});
  visitor.option(head_learning_rate_factor,
                 {.name = "head_learning_rate_factor",
                  .help = "the classifier learns at so many times the rate of the rest",
                  .bound = core::above(0)});
}

double OptimOptions::torch_weight_decay() const {
  if (weight_decay && l2_weight_decay) {
    throw core::UsageError(
        "--weight_decay and --l2_weight_decay are two spellings of one value (weight_decay = 2 x "
        "l2_weight_decay); give only one of them");
  }
  if (weight_decay) return *weight_decay;
  return 2 * l2_weight_decay.value_or(kDefaultL2WeightDecay);
}

}  // namespace train_backbone::optim
