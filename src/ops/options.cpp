#include "train_backbone/ops/options.h"

namespace train_backbone::ops {

void DeviceOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(device, {.name = "device",
                          .help = "where to compute; auto: a GPU where this build and the machine "
                                  "have one, else the CPU",
                          .choices = {"auto", "cpu", "cuda"}});
  visitor.option(precision, {.name = "precision",
                             .help = "number format of the computation; weights stay fp32. auto: "
                                     "bf16 on GPUs from Ampere on, fp16 on older ones, fp32 on "
                                     "the CPU, which also has bf16 (fast with AVX-512 or AMX)",
                             .choices = {"auto", "fp32", "tf32", "fp16", "bf16"}});
  visitor.option(fp32,
                 {.name = "fp32", .help = "the same as --precision fp32", .short_name = "fp32"});
  visitor.option(
      fused_kernels,
      {.name = "fused_kernels",
       .help = "own kernels: batch normalisation with the activation and sum behind it in "
               "one, and on a CPU convolutions of 3x3 windows; off: torch's own "
               "operations, which round otherwise. auto: on",
       .choices = {"auto", "on", "off"}});
  visitor.option(cuda_graph,
                 {.name = "cuda_graph",
                  .help = "training on a GPU: record a step once and hand it out as a whole from "
                          "then on, which spares the CPU, with the same arithmetic. auto: with one "
                          "rank, and without where it cannot be recorded. on: with several, too, "
                          "whose gradients then travel behind the backward pass instead of during "
                          "it: worth trying with an HRNet",
                  .choices = {"auto", "on", "off"}});
  visitor.option(xla_off, {.name = "xla_off",
                           .help = "accepted for the original's sake, without effect: there is no "
                                   "XLA here",
                           .short_name = "xla_off"});
  visitor.option(compute_threads,
                 {.name = "compute_threads",
                  .help = "threads that compute; 0: the cores this process may run on. Another "
                          "number may change results in the last digits",
                  .bound = core::between(0, 1024),
                  .unit = "threads"});
}

}  // namespace train_backbone::ops
