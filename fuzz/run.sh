#!/bin/bash
# Runs the fuzz targets, one after the other:  bash fuzz/run.sh [SECONDS] [TARGET...]
#
# 180 seconds each and all targets unless told otherwise. Needs cargo-fuzz; stable Rust will do, no sanitizer is used.
# Seeds are the project's fixtures and, where SCRUBS_CORPUS names a corpus, its pictures and hostile files of 64 KiB and
# less. A target that comes upon something is started again until its time is over.
#   FUZZ_DIR=DIR     where seeds, what grew of them, and what was found are kept. Default: a folder of the user's cache.
#   TIMEOUT=5        seconds by the clock for one input; more on a machine that is busy with other things
# Exit 1 when anything was found. A case found is made small, named after what broke, put into fuzz/regressions/TARGET
# and counted in fuzz/regressions/COUNT; tests/regressions.rs then runs it for ever.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
seconds=${1:-180}; [ $# -eq 0 ] || shift
all=$(sed -n 's!^path = "fuzz_targets/\([a-z0-9]*\).rs"$!\1!p' Cargo.toml)
targets=${*:-$all}
dir=${FUZZ_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/scrubs-fuzz}
mkdir -p "$dir"
# Telling the stack of every panic takes longer than the panic, and on a busy machine than an input may take.
export RUST_BACKTRACE=0

# kind FILE: the target whose format a file's first bytes claim.
kind() {
  case $(head -c 12 "$1" | od -An -tx1 | tr -d ' \n') in
    ffd8ff*) echo jpeg ;;
    89504e470d0a1a0a*) echo png ;;
    52494646????????57454250) echo webp ;;
    47494638*) echo gif ;;
    49492a00* | 4d4d002a* | 49492b00* | 4d4d002b*) echo tiff ;;
    ????????667479706a78*) echo jxl ;;
    ????????6674797069736f* | ????????667479706d7034* | ????????6674797071742020* | ????????667479703367* | ????????667479704d34*) echo bmff ;;
    ????????66747970*) echo heif ;;
    ff0a* | 0000000c4a584c20*) echo jxl ;;
    0000000c6a502020* | ff4fff51*) echo jp2 ;;
    424d*) echo bmp ;;
    52494646????????57415645* | 52463634*) echo wav ;;
    52494646????????41564920) echo avi ;;
    464f524d*) echo aiff ;;
    494433* | fffb* | fff3*) echo mp3 ;;
    664c6143*) echo flac ;;
    4f676753*) echo ogg ;;
    1a45dfa3*) echo matroska ;;
  esac
}

seed() {
  local file target
  while IFS= read -r -d '' file; do
    target=$(kind "$file")
    [ -n "$target" ] || continue
    mkdir -p "$dir/seeds/$target" "$dir/seeds/discover"
    cp -n "$file" "$dir/seeds/$target/$(basename "$file")"
    cp -n "$file" "$dir/seeds/discover/$(basename "$file")"
  done
}

find ../fixtures ../tests regressions -type f -size -128 -print0 | seed
for part in photos hostile av; do
  [ -n "${SCRUBS_CORPUS:-}" ] && [ -d "$SCRUBS_CORPUS/$part" ] && find "$SCRUBS_CORPUS/$part" -type f -size -128 -print0 | seed
done
# Blocks inside pictures are what these two are given; exiftool takes them out where it is at hand.
if command -v exiftool >/dev/null && [ -d "$dir/seeds/jpeg" ]; then
  mkdir -p "$dir/seeds/icc" "$dir/seeds/exif"
  [ -n "$(ls "$dir/seeds/icc")" ] || exiftool -q -q -icc_profile -b -w "$dir/seeds/icc/%f.icc" "$dir/seeds/jpeg" "$dir/seeds/png" 2>/dev/null
  [ -n "$(ls "$dir/seeds/exif")" ] || exiftool -q -q -exif -b -w "$dir/seeds/exif/%f.tif" "$dir/seeds/jpeg" 2>/dev/null
  find "$dir/seeds/exif" -type f -exec sed -i '1s/^Exif\x00\x00//' {} +
fi

cargo fuzz build -s none || exit 2
# The programs are run as they are now, whatever happens to the sources meanwhile.
target_dir=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
programs=$target_dir/$(rustc -vV | sed -n 's/^host: //p')/release

found=()
for target in $targets; do
  mkdir -p "$dir/grown/$target" "$dir/seeds/$target" "$dir/found/$target"
  before=$(find "$dir/found/$target" -type f | wc -l)
  echo "==== $target: $(find "$dir/seeds/$target" -type f | wc -l) seeds, $seconds seconds"
  : >"$dir/$target.log"
  code=0; end=$((SECONDS + seconds)); now=$before
  while [ $((end - SECONDS)) -gt 0 ]; do
    "$programs/$target" "$dir/grown/$target" "$dir/seeds/$target" -rss_limit_mb=512 -malloc_limit_mb=200 \
      -timeout="${TIMEOUT:-5}" -max_len=65536 -max_total_time=$((end - SECONDS)) -print_final_stats=1 \
      -artifact_prefix="$dir/found/$target/" >>"$dir/$target.log" 2>&1 && break
    code=1 last=$now now=$(find "$dir/found/$target" -type f | wc -l)
    # Without anything new it would fail for ever; a hundred cases are mostly one.
    [ "$now" -gt "$last" ] && [ $((now - before)) -lt 100 ] || break
  done
  grep -E '^stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)|panicked at|ERROR: libFuzzer' "$dir/$target.log" | sort -u
  after=$(find "$dir/found/$target" -type f | wc -l)
  if [ "$code" != 0 ] || [ "$after" -gt "$before" ]; then
    found+=("$target")
    tail -n 25 "$dir/$target.log"
  fi
done
if [ ${#found[@]} -gt 0 ]; then
  echo "something was found in: ${found[*]} (see $dir/found and the logs in $dir)"
  exit 1
fi
echo "nothing was found"
