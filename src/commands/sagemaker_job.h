#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "commands/settings.h"
#include "train_backbone/io/run_directory.h"

// The files of a SageMaker training job below one directory, /opt/ml in its container:
//   input/config/{hyperparameters,resourceconfig,inputdataconfig}.json, input/data/CHANNEL,
//   checkpoints/ (kept on S3 while the job runs), model/ (packed when it ends), output/failure
namespace train_backbone::commands {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// Whether the directory is that of a job.
bool is_sagemaker_job(const std::filesystem::path& directory);

// What a job means where nobody says otherwise: the folders of its channels (train or training;
// validation, val or test; one channel alone is both), its checkpoints folder as --model_dir, and
// --resume_from auto, as a job may be started again at any time. Option -> value.
NamedValues sagemaker_defaults(const std::filesystem::path& directory);

// The job's hyperparameters in the order of the file, values as on a command line (one layer of
// JSON, which SageMaker's library puts around each, taken off); without those that are meant for
// others (sagemaker_*, _tuning_objective_metric). Throws core::DataError for a file that is none.
NamedValues sagemaker_hyperparameters(const std::filesystem::path& directory);

// Regular expressions for the job's metric definitions, as JSON: [{"Name": ..., "Regex": ...}].
std::string sagemaker_metric_definitions();

// Where a job that fails says why, in one sentence.
std::filesystem::path failure_file(const std::filesystem::path& directory);

// What the job leaves; SageMaker packs it when the job ends.
std::filesystem::path sagemaker_model_folder(const std::filesystem::path& directory);

// Copies what a finished run leaves for others into the job's model folder: weights, configuration,
// metrics, report. Throws core::Error.
void fill_sagemaker_model(const std::filesystem::path& directory, const io::RunDirectory& run);

// Tells NCCL which network the hosts share, as the job's resource file says; a variable that is
// set already stays.
void set_sagemaker_network(const std::filesystem::path& directory);

}  // namespace train_backbone::commands
