#include "commands/export_snippet.h"

#include <cmath>
#include <sstream>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"
#include "train_backbone/models/registry.h"

namespace train_backbone::commands {
namespace {

using models::KeyTraits;
using models::Naming;

// All that the texts below say in several places.
struct Words {
  KeyTraits traits;
  std::string file;
  std::string classes;
  std::string mean, std;            // 0..255
  std::string unit_mean, unit_std;  // 0..1
  std::string channels, strides;
  std::string slope;
  int width = 0;  // of an HRNet
  int stem = 64;  // channels behind a ResNet's stem

  [[nodiscard]] bool is(KeyTraits::Family family) const { return traits.family == family; }
};

std::string list_text(const std::array<float, 3>& values, float divisor) {
  return core::format("[{:.6g}, {:.6g}, {:.6g}]", values[0] / divisor, values[1] / divisor,
                      values[2] / divisor);
}

template <class Value>
std::string maps_text(const std::vector<models::FeatureMap>& maps, Value value) {
  std::string text;
  for (const models::FeatureMap& map : maps) {
    text += core::format("{}{}", text.empty() ? "" : ", ", value(map));
  }
  return "[" + text + "]";
}

Words words_of(const ExportSubject& subject) {
  constexpr float kWhite = 255;
  const io::ExportChoice& choice = subject.choice;
  const auto maps = models::model_feature_maps({.name = choice.model, .original = choice.original});
  const ops::Normalisation& normalisation = subject.normalisation;
  Words words{.traits = models::key_traits(choice.model, choice.original),
              .file = subject.output.string(),
              .classes = core::format("{}", choice.num_classes),
              .mean = list_text(normalisation.mean, 1),
              .std = list_text(normalisation.deviation, 1),
              .unit_mean = list_text(normalisation.mean, kWhite),
              .unit_std = list_text(normalisation.deviation, kWhite),
              .channels = maps_text(maps, [](const auto& map) { return map.channels; }),
              .strides = maps_text(maps, [](const auto& map) { return map.stride; }),
              .slope = core::format("{:g}", subject.leaky_slope)};
  words.width = static_cast<int>(maps.front().channels);
  if (words.traits.deep_stem && choice.original) words.stem = 128;
  return words;
}

// The first arguments of timm.create_model.
std::string timm_model(const Words& words, const std::string& model) {
  if (words.is(KeyTraits::Family::kDarkNet)) {
    return core::format("'darknet53', act_layer=partial(torch.nn.LeakyReLU, negative_slope={})",
                        words.slope);
  }
  if (words.is(KeyTraits::Family::kHRNet)) return core::format("'hrnet_w{}'", words.width);
  const std::string plain = core::format("resnet{}", words.traits.depth);
  if (!words.traits.deep_stem) return "'" + plain + "'";
  if (words.traits.pooled_shortcut) return "'" + plain + "d'";
  if (words.stem == 128) return "'" + plain + "s'";
  if (model.starts_with("resnet50") || model.starts_with("resnet101")) return "'" + plain + "c'";
  return "'" + plain + "', stem_type='deep', stem_width=32";
}

std::string timm_text(const Words& words, const ExportSubject& subject) {
  const std::string model = timm_model(words, subject.choice.model);
  std::string text;
  if (words.is(KeyTraits::Family::kDarkNet)) {
    text += "import torch\nfrom functools import partial\n";
  }
  text += core::format(
      "import timm\n"
      "overlay = dict(file='{}'{},\n"
      "               mean={}, std={})  # RGB, 0..1\n",
      words.file, subject.choice.backbone_only ? "" : ", num_classes=" + words.classes,
      words.unit_mean, words.unit_std);
  if (!subject.choice.backbone_only) {
    text += core::format(
        "classifier = timm.create_model(\n"
        "    {},\n"
        "    pretrained=True, num_classes={}, pretrained_cfg_overlay=overlay)\n",
        model, words.classes);
  }
  // Index 0 of the others is the stem, at stride 2; DarkNet has two maps of stride 1 and 2.
  std::string more = words.is(KeyTraits::Family::kDarkNet) ? "(2, 3, 4, 5)" : "(1, 2, 3, 4)";
  if (words.is(KeyTraits::Family::kHRNet)) more += ", feature_location=''";
  return text + core::format(
                    "# feature maps: channels {}, strides {}\n"
                    "backbone = timm.create_model(\n"
                    "    {},\n"
                    "    pretrained=True, pretrained_cfg_overlay=overlay, features_only=True, "
                    "out_indices={})\n",
                    words.channels, words.strides, model, more);
}

std::string torchvision_text(const Words& words, const ExportSubject& subject) {
  const bool safe = subject.output.extension() == ".safetensors";
  const std::string load = safe ? core::format("safetensors.torch.load_file('{}')", words.file)
                                : core::format("torch.load('{}', weights_only=True)", words.file);
  const std::string name = core::format("resnet{}", words.traits.depth);
  std::string text = core::format("import torchvision, {}\nstate = {}\n",
                                  safe ? "safetensors.torch" : "torch", load);
  if (!subject.choice.backbone_only) {
    text += core::format(
        "classifier = torchvision.models.{}(num_classes={})\n"
        "classifier.load_state_dict(state)\n",
        name, words.classes);
  }
  return text + core::format(
                    "backbone = torchvision.models.detection.backbone_utils.resnet_fpn_backbone(\n"
                    "    backbone_name='{}', weights=None)  # channels {}, strides {}\n"
                    "backbone.body.load_state_dict(state, strict=False)  # without fc\n"
                    "normalise = torchvision.transforms.Normalize({},\n"
                    "    {})  # RGB, 0..1\n",
                    name, words.channels, words.strides, words.unit_mean, words.unit_std);
}

std::string mm_hrnet_extra(const Words& words) {
  const auto widths = [&](int branches) {
    std::string text;
    for (int i = 0; i < branches; ++i) text += core::format("{}, ", words.width << i);
    return "(" + text.substr(0, text.size() - 2) + ")";
  };
  std::string text =
      "dict(\n"
      "            stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK',\n"
      "                        num_blocks=(4, ), num_channels=(64, ))";
  constexpr std::array kModules{1, 4, 3};
  for (int stage = 2; stage <= 4; ++stage) {
    std::string blocks;
    for (int i = 0; i < stage; ++i) blocks += i == 0 ? "4" : ", 4";
    text += core::format(
        ",\n            stage{}=dict(num_modules={}, num_branches={}, block='BASIC',\n"
        "                        num_blocks=({}), num_channels={})",
        stage, kModules.at(static_cast<size_t>(stage) - 2), stage, blocks, widths(stage));
  }
  return text + ")";
}

// The network of mmdet and mmpretrain, which differ in little.
std::string mm_backbone(const Words& words, bool mmdet) {
  if (words.is(KeyTraits::Family::kDarkNet)) {
    return core::format(
        "type='Darknet', depth=53, out_indices=(3, 4, 5),\n"
        "        act_cfg=dict(type='LeakyReLU', negative_slope={})",
        words.slope);
  }
  if (words.is(KeyTraits::Family::kHRNet)) {
    return mmdet ? "type='HRNet', extra=" + mm_hrnet_extra(words)
                 : core::format("type='HRNet', arch='w{}'", words.width);
  }
  std::string text =
      core::format("type='ResNet', depth={}, num_stages=4, style='pytorch'", words.traits.depth);
  if (words.traits.deep_stem) {
    text += core::format(",\n        deep_stem=True, stem_channels={}", words.stem);
  }
  if (words.traits.pooled_shortcut) text += ", avg_down=True";
  return text + ",\n        out_indices=" + (mmdet ? "(0, 1, 2, 3)" : "(3, )");
}

// What reads the feature maps; YOLOV3Neck takes three, the coarsest first.
std::string mmdet_neck(const Words& words) {
  if (words.is(KeyTraits::Family::kDarkNet)) {
    return "neck=dict(in_channels=[1024, 512, 256]))  # strides 32, 16, 8";
  }
  return core::format("neck=dict(in_channels={}))  # strides {}", words.channels, words.strides);
}

std::string mmdet_text(const Words& words) {
  return core::format(
      "model = dict(\n"
      "    data_preprocessor=dict(mean={}, std={},\n"
      "                           bgr_to_rgb=True),\n"
      "    backbone=dict(\n"
      "        {},\n"
      "        norm_cfg=dict(type='BN', requires_grad=True), norm_eval=True,\n"
      "        init_cfg=dict(type='Pretrained', checkpoint='{}')),\n"
      "    {}\n",
      words.mean, words.std, mm_backbone(words, true), words.file, mmdet_neck(words));
}

std::string mmpretrain_text(const Words& words, bool head) {
  std::string text = core::format(
      "data_preprocessor = dict(mean={}, std={}, to_rgb=True)\n"
      "model = dict(type='ImageClassifier',\n"
      "    backbone=dict({})",
      words.mean, words.std, mm_backbone(words, false));
  if (head) {
    text += core::format(
        ",\n    neck=dict(type='GlobalAveragePooling'),\n"
        "    head=dict(type='LinearClsHead', num_classes={}, in_channels={})",
        words.classes, words.traits.depth < 50 ? 512 : 2048);
  } else {
    text += "  # its own neck and head, untrained";
    if (words.is(KeyTraits::Family::kHRNet)) text += ": HRFuseScales has no place for our biases";
    text += "\n   ";
  }
  return text + core::format(")\nload_from = '{}'\n# feature maps: channels {}, strides {}\n",
                             words.file, words.channels, words.strides);
}

std::string detectron2_text(const Words& words) {
  std::string text = core::format(
      "MODEL:\n"
      "  WEIGHTS: \"{}?matching_heuristics=True\"\n"
      "  PIXEL_MEAN: {}\n"
      "  PIXEL_STD: {}\n"
      "  RESNETS:\n"
      "    DEPTH: {}\n"
      "    STRIDE_IN_1X1: False\n"
      "    NORM: \"FrozenBN\"\n"
      "    OUT_FEATURES: [\"res2\", \"res3\", \"res4\", \"res5\"]  # channels {}, strides {}\n",
      words.file, words.mean, words.std, words.traits.depth, words.channels, words.strides);
  if (words.traits.depth < 50) text += "    RES2_OUT_CHANNELS: 64\n";
  if (words.traits.deep_stem) {
    text += core::format(
        "    STEM_TYPE: \"deeplab\"\n"
        "    STEM_OUT_CHANNELS: {}\n"
        "  BACKBONE:\n"
        "    NAME: \"build_resnet_deeplab_backbone\"  # of projects/DeepLab\n",
        words.stem);
  }
  return text + "INPUT:\n  FORMAT: \"RGB\"\n";
}

std::string darknet_text(const Words& words) {
  return core::format(
      "./darknet detector train DATA yolov3.cfg {}\n"
      "# LeakyReLU 0.1; feature maps: channels {}, strides {}\n"
      "# The first layer was trained on (RGB - mean) / std with mean {}\n"
      "# and std {} of 0..255. Darknet itself feeds RGB / 255: give it pictures\n"
      "# normalised that way, or let the first layers learn.\n",
      words.file, words.channels, words.strides, words.mean, words.std);
}

std::string keras_text(const Words& words, const std::string& model) {
  return core::format(
      "model = dict(backbone=dict(weights_path='{}'))  # {}\n"
      "data = dict(train=dict(mean={}, std={}))  # RGB, 0..255\n"
      "# elsewhere: model.load_weights('{}', by_name=True)\n"
      "# feature maps: channels {}, strides {}\n",
      words.file, model, words.mean, words.std, words.file, words.channels, words.strides);
}

}  // namespace

std::string export_snippet(const ExportSubject& subject) {
  const Words words = words_of(subject);
  const io::ExportChoice& choice = subject.choice;
  switch (choice.naming) {
    case Naming::kTimm:
      return timm_text(words, subject);
    case Naming::kTorchvision:
      return torchvision_text(words, subject);
    case Naming::kMmdet:
      return mmdet_text(words);
    case Naming::kMmpretrain:
      return mmpretrain_text(words, !choice.backbone_only && words.is(KeyTraits::Family::kResNet));
    case Naming::kDetectron2:
      return detectron2_text(words);
    case Naming::kDarknet:
      return darknet_text(words);
    case Naming::kKeras:
      return keras_text(words, choice.model);
  }
  return "";
}

}  // namespace train_backbone::commands
