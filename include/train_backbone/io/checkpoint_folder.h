#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// The folders of checkpoints: their names, which are there, which go. No tensors here.
namespace train_backbone::io {

// "step-00001234".
std::string checkpoint_name(int64_t step);

// The step that a checkpoint's folder name tells; nothing for other names.
std::optional<int64_t> checkpoint_step(const std::filesystem::path& checkpoint_folder);

// The checkpoints below `folder`, newest first. Empty when there is none or no such folder.
// A checkpoint whose replacement was interrupted is listed under the hidden name it then has.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

// Removes all but the newest two and that of `keep_step`, and whatever hidden a killed run left. A
// checkpoint is hidden by a rename before it is removed: half of one never looks whole.
// Only the process that writes the checkpoints may call it.
void prune_checkpoints(const std::filesystem::path& folder, std::optional<int64_t> keep_step);

// Puts `whole` (a folder beside it on the same disk, synced) in the place of the checkpoint
// `target`, or just there. At every moment either the old or the new one is listed.
void replace_checkpoint(const std::filesystem::path& whole, const std::filesystem::path& target);

// Renames a damaged checkpoint to NAME.damaged, so that it counts no longer. Returns the new path.
std::filesystem::path set_aside_checkpoint(const std::filesystem::path& checkpoint_folder);

// Removes everything that this room ever writes below `folder`, and nothing else.
void remove_all_checkpoints(const std::filesystem::path& folder);

}  // namespace train_backbone::io
