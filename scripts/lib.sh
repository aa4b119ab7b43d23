# Shared by the scripts: source it, do not run it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TRAIN_BACKBONE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/train_backbone}
# Absolute, as the build runs in another folder.
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac

# use_libtorch KIND: cpu, cuda (CUDA 13) or cuda12. Sets libtorch_name (the list of its wheels is
# scripts/NAME.txt), libtorch_home (the folder it is in) and libtorch_given (the folder that the user
# named instead; empty without).
use_libtorch() {
  case $1 in
    cuda) libtorch_name=libtorch-2.11.0-cuda13 libtorch_given=${LIBTORCH_CUDA_ROOT:-} ;;
    cuda12) libtorch_name=libtorch-2.7.1-cuda12 libtorch_given=${LIBTORCH_CUDA12_ROOT:-} ;;
    *) libtorch_name=libtorch-2.7.1-cpu libtorch_given=${LIBTORCH_ROOT:-} ;;
  esac
  libtorch_home=${libtorch_given:-$cache/$libtorch_name}
  case $libtorch_home in /*) ;; *) libtorch_home=$PWD/$libtorch_home ;; esac
}

say() { printf '%s\n' "== $*"; }
die() { printf '%s\n' "error: $*" >&2; exit 1; }

# The comment block at the top of the calling script is its --help.
help_and_exit() {
  sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"
  exit 0
}

# Compilers of LibTorch files want about 2 GB each.
jobs_for_memory() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
  [ "$gigabytes" -ge 1 ] || gigabytes=1
  if [ "$gigabytes" -lt "$cores" ]; then echo "$gigabytes"; else echo "$cores"; fi
}

# require_space FOLDER MEGABYTES WHAT
require_space() {
  local folder=$1 free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(df -Pm "$folder" | awk 'NR == 2 {print $4}')
  [ "$free" -ge "$2" ] || die "too little disk: $3 needs $2 MB in $1, $free MB are free. Free some space, or choose another place with TRAIN_BACKBONE_CACHE (downloads) or another clone (build)."
}
