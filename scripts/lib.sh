# Shared by the scripts: source it, do not run it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TRAIN_BACKBONE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/train_backbone}
torch_version=2.7.1
# Absolute, as the build runs in another folder.
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
libtorch_home=${LIBTORCH_ROOT:-$cache/libtorch-$torch_version-cpu}
case $libtorch_home in /*) ;; *) libtorch_home=$PWD/$libtorch_home ;; esac

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
