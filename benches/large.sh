#!/bin/bash
# Times `scrubs clean` on one long film or sound recording against a plain copy:  bash benches/large.sh
#
#   SIZE=1000        megabytes of each file
#   SETS="wav mp4 mkv"
#   ROUNDS=3         paired rounds; the table shows medians
#   JOBS="2"         worker counts that are tried one after the other; "" stands for the default
#   CACHE=warm       `cold` has the kernel forget what it read before each command (as root): a collection nobody has just read
#   WORK=DIR         where files and outputs go; files that are there are used again. Default: a temporary folder, removed
#   SCRUBS="A B"     binaries to compare, an earlier one for instance. Default: one that is built here with --release
#   SCRUBS_OPTIONS   further options of `scrubs clean`. Default: --pixels skip
#
# Needs ffmpeg, which makes the files. In each round the copy, followed by `sync -f` of its target, and every binary run
# once, one after the other, on the same disk, each into a folder that did not exist, and with what the one before it wrote
# taken away. Where the machine
# is busy with other things, the processor's seconds (user and kernel) say more than the clock's. Nothing is passed or
# failed here: what is printed are measurements.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${ROUNDS:-3} megabytes=${SIZE:-1000} cache=${CACHE:-warm}
read -ra jobs <<<"${JOBS-2}"
[ ${#jobs[@]} -gt 0 ] || jobs=(default)
if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/scrubs-large.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$WORK"
WORK=$(readlink -f "$WORK")
if [ -z "${SCRUBS:-}" ]; then
  cargo build --release --bin scrubs >&2
  target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  SCRUBS=$target/release/scrubs
fi
command -v ffmpeg >/dev/null || { echo "ffmpeg is needed: it makes the files" >&2; exit 2; }

# A film of moving noise is made once and repeated; sound is a tone.
make() {
  local film=$WORK/film.mp4 loops
  case $1 in
    wav) ffmpeg -v error -y -f lavfi -i sine=440:r=48000 -t $((megabytes * 1000000 / 192000)) -ac 2 -c:a pcm_s16le -metadata title=Hoeflich -f wav "$2" ;;
    mp4 | mkv)
      [ -f "$film" ] || ffmpeg -v error -y -f lavfi -i "testsrc2=s=1280x720:r=30,noise=alls=40:allf=t" -f lavfi -i sine=440 \
        -t 10 -c:v libx264 -preset ultrafast -b:v 16M -pix_fmt yuv420p -c:a aac -f mp4 "$film"
      loops=$((megabytes * 1000000 / $(stat -c %s "$film")))
      ffmpeg -v error -y -stream_loop "$loops" -i "$film" -c copy -metadata title=Hoeflich -f "${1/mkv/matroska}" "$2" ;;
    *) echo "there is no set $1; the sets are listed at the head of this script" >&2; exit 2 ;;
  esac
}

# Seconds by the clock, seconds of the processor and peak kilobytes of a command, appended to a file.
measure() {
  local into=$1 code=0; shift
  "$(type -P time)" -q -f '%e %U %S %M' -o "$WORK/spent" "$@" >"$WORK/log" 2>&1 </dev/null || code=$?
  if [ "$code" -gt 1 ]; then
    echo "exit $code from: $*" >&2; tail -n 5 "$WORK/log" >&2
  fi
  tail -n 1 "$WORK/spent" | awk '{ print $1, $2 + $3, $4 }' >>"$into"
}
median() { awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# What is to be read lies in memory before a command begins, or does not.
ready() {
  sync -f "$WORK"
  if [ "$cache" = cold ]; then echo 3 >/proc/sys/vm/drop_caches; else cat "$1"/* >/dev/null; fi
}
copy() { cp "$1" "$2" && sync -f "$2"; }
export -f copy

echo "$(nproc) processors, $(uname -sr), load $(cut -d ' ' -f 1 /proc/loadavg), $rounds rounds, $cache cache, ${SCRUBS_OPTIONS:=--pixels skip}"
printf '%-4s %5s  %-28s %8s %8s %8s %12s %8s\n' set MB tool written seconds cpu 'rate : copy' 'peak MB'
for set in ${SETS:-wav mp4 mkv}; do
  source=$WORK/sets/$set-$megabytes
  [ -d "$source" ] || { mkdir -p "$source.part"; make "$set" "$source.part/long.$set"; mv "$source.part" "$source"; }
  results=$WORK/results-$set; rm -rf "$results" "$WORK/out"; mkdir -p "$results"
  for ((round = 0; round < rounds; round++)); do
    out=$WORK/out; mkdir -p "$out"; ready "$source"
    measure "$results/copy" bash -c 'copy "$@"' copy "$source/long.$set" "$out/copy"
    # Each begins with the same memory and disk free: what the one before it wrote is gone.
    rm -rf "${out:?}"/*
    number=0
    for binary in $SCRUBS; do
      for many in "${jobs[@]}"; do
        tool=$((number += 1))
        ready "$source"
        XDG_DATA_HOME=$out/data measure "$results/$tool" "$binary" clean "$source" --to "$out/$tool/release" \
          --custody "$out/$tool/custody" --format json $([ "$many" = default ] || echo "--jobs $many") ${SCRUBS_OPTIONS}
        find "$out/$tool/release/recordings" "$out/$tool/custody/held" -type f ! -name '*.consent.json' 2>/dev/null | wc -l >"$results/$tool.written" || true
        echo "$binary, ${many/default/default} jobs" >"$results/$tool.name"
        rm -rf "${out:?}"/*
      done
    done
    rm -rf "$out"
  done
  copied=$(median "$results/copy" 1)
  size=$(stat -c %s "$source/long.$set")
  for tool in copy $(seq "$number"); do
    echo "$set $size $(cat "$results/$tool.written" 2>/dev/null || echo 1) $(median "$results/$tool" 1) $(median "$results/$tool" 2) $(median "$results/$tool" 3) $copied" |
      awk -v name="$(cat "$results/$tool.name" 2>/dev/null || echo 'cp + sync -f')" '{
        printf "%-4s %5d  %-28s %8d %8.2f %8.2f %12.2f %8.0f\n", $1, $2 / 1e6, substr(name, length(name) > 28 ? length(name) - 27 : 1), $3, $4, $5, $7 / $4, $6 / 1024 }'
  done
done
