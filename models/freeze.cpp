#include "train_backbone/models/freeze.h"

#include <algorithm>
#include <set>
#include <utility>

#include "models/layers.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::models {
namespace {

using NamedModules = torch::OrderedDict<std::string, std::shared_ptr<torch::nn::Module>>;

NamedModules modules_of(Backbone& network) {
  return network.named_modules(/*name_prefix=*/"", /*include_self=*/false);
}

[[noreturn]] void throw_unknown(const std::string& name, const std::vector<NetworkPart>& parts) {
  std::string known;
  for (const NetworkPart& part : parts) known += (known.empty() ? "" : ", ") + part.name;
  throw core::UsageError(core::format(
      "--freeze: the network has no part '{}'; its parts are {}, and names of modules such as "
      "'{}' will do as well",
      name, known, parts.front().modules.front()));
}

// The modules that a name stands for.
std::vector<std::string> named_modules(Backbone& network, const std::string& name) {
  const std::vector<NetworkPart> parts = network.parts();
  for (const NetworkPart& part : parts) {
    if (part.name == name) return part.modules;
  }
  if (modules_of(network).contains(name)) return {name};
  throw_unknown(name, parts);
}

bool lies_in(const std::string& module, const std::vector<std::string>& frozen) {
  return std::any_of(frozen.begin(), frozen.end(), [&](const std::string& outer) {
    return module == outer || module.starts_with(outer + ".");
  });
}

void freeze_module(torch::nn::Module& module) {
  if (auto* norm = module.as<BatchNorm>()) norm->freeze_statistics();
  for (const at::Tensor& parameter : module.parameters(/*recurse=*/false)) {
    parameter.requires_grad_(false);
  }
}

}  // namespace

std::vector<std::string> parse_freeze(std::string_view text) {
  std::set<std::string> names;
  std::string name;
  for (const char c : text) {
    if (c == ',') {
      names.insert(std::exchange(name, {}));
    } else if (c != ' ') {
      name += c;
    }
  }
  names.insert(name);
  names.erase("");
  return {names.begin(), names.end()};
}

void freeze(Backbone& network, const FreezeChoice& choice) {
  std::vector<std::string> frozen;
  for (const std::string& name : choice.names) {
    const std::vector<std::string> modules = named_modules(network, name);
    frozen.insert(frozen.end(), modules.begin(), modules.end());
  }
  for (const auto& item : modules_of(network)) {
    torch::nn::Module& module = *item.value();
    const bool norm = choice.batch_norm && module.as<BatchNorm>() != nullptr;
    if (norm || lies_in(item.key(), frozen)) freeze_module(module);
  }
  const std::vector<at::Tensor> parameters = network.parameters();
  const bool learns = std::any_of(parameters.begin(), parameters.end(),
                                  [](const at::Tensor& tensor) { return tensor.requires_grad(); });
  if (!learns) throw core::UsageError("--freeze leaves nothing to learn; leave out a part");
}

}  // namespace train_backbone::models
