#!/bin/bash
# Times `scrubs clean` on clips of ultrasound, 12 frames of 800 × 600 in colour with a line of figures, for each coding of
# DICOM that tools of this machine can make:  bash benches/clips.sh
#
#   SETS="native rle jpeg jpeg-lossless jpeg-ls jpeg2000 htj2k"
#   FRAMES=12
#   CLIP=            `--doppler` colours a part of each frame, in which faces are looked for then
#   ROUNDS=3         the table shows medians
#   JOBS=            workers; default: as many as there are processors, as scrubs takes by itself
#   WORK=DIR         where clips and outputs go; clips that are there are used again. Default: a temporary folder, removed
#   SCRUBS="A B"     binaries to compare, an earlier one for instance. Default: one that is built here with --release
#   SCRUBS_OPTIONS   further options of `scrubs clean`
#
# The clip is made by `cargo run --example clip`; dcmtk (dcmcrle, dcmcjpeg, dcmcjpls) and gdcmconv make other codings of it, and
# a coding whose tool is not installed is left out. Each is cleaned by itself from a warm cache into a folder that did not
# exist. Seconds of the processor (user and kernel) say more than the clock's where the machine is busy with other things.
# Nothing is passed or failed here: what is printed are measurements. `covered` is how many regions were filled.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${ROUNDS:-3} frames=${FRAMES:-12} jobs=${JOBS:-$(nproc)}
if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/scrubs-clips.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$WORK"
WORK=$(readlink -f "$WORK")
if [ -z "${SCRUBS:-}" ]; then
  cargo build --release --bin scrubs >&2
  target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  SCRUBS=$target/release/scrubs
fi

made=$WORK/made-$frames${CLIP:-}
# shellcheck disable=SC2086
[ -d "$made" ] || cargo run --release --example clip -- "$made" --frames "$frames" ${CLIP:-} >&2

make() {
  local native=$made/native.dcm
  case $1 in
    native) cp "$native" "$2" ;;
    rle) dcmcrle "$native" "$2" ;;
    jpeg) dcmcjpeg +eb +q 90 "$native" "$2" ;;
    jpeg-lossless) dcmcjpeg +e1 "$native" "$2" ;;
    jpeg-ls) dcmcjpls "$native" "$2" ;;
    jpeg2000) gdcmconv --j2k "$native" "$2" ;;
    htj2k) cp "$made/htj2k.dcm" "$2" ;;
    *) echo "there is no set $1; the sets are listed at the head of this script" >&2; exit 2 ;;
  esac
}
median() { awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "$(nproc) processors, $(uname -sr), load $(cut -d ' ' -f 1 /proc/loadavg), $rounds rounds, $frames frames, $jobs jobs ${CLIP:-} ${SCRUBS_OPTIONS:=}"
printf '%-14s %5s  %-28s %8s %8s %8s %8s\n' set MB tool seconds cpu 'peak MB' covered
for set in ${SETS:-native rle jpeg jpeg-lossless jpeg-ls jpeg2000 htj2k}; do
  source=$WORK/sets/$set-$frames${CLIP:-}
  if [ ! -d "$source" ]; then
    rm -rf "$source.part"; mkdir -p "$source.part"
    if ! make "$set" "$source.part/clip.dcm" >&2; then echo "$set: no tool of this machine makes it" >&2; continue; fi
    mv "$source.part" "$source"
  fi
  cat "$source"/* >/dev/null
  for binary in $SCRUBS; do
    results=$WORK/spent; rm -f "$results"
    for ((round = 0; round < rounds; round++)); do
      out=$WORK/out code=0; rm -rf "$out"; mkdir -p "$out"
      # shellcheck disable=SC2086
      XDG_DATA_HOME=$out/data "$(type -P time)" -q -f '%e %U %S %M' -o "$WORK/one" "$binary" clean "$source" --to "$out/release" \
        --custody "$out/custody" --format json --jobs "$jobs" $SCRUBS_OPTIONS >"$WORK/log" 2>&1 </dev/null || code=$?
      [ "$code" -le 1 ] || { echo "exit $code from $binary on $set" >&2; tail -n 5 "$WORK/log" >&2; }
      tail -n 1 "$WORK/one" | awk '{ print $1, $2 + $3, $4 }' >>"$results"
      covered=$(grep -o '"regions_covered":[0-9]*' "$out/custody/report/recordings.jsonl" | tail -n 1 | cut -d : -f 2 || true)
    done
    printf '%-14s %5d  %-28s %8.2f %8.2f %8.0f %8s\n' "$set" $(($(stat -c %s "$source/clip.dcm") / 1000000)) \
      "$(printf %s "$binary" | tail -c 28)" "$(median "$results" 1)" "$(median "$results" 2)" "$(($(median "$results" 3 | cut -d . -f 1) / 1024))" "${covered:-0}"
  done
  rm -rf "$WORK/out"
done
