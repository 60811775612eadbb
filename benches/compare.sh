#!/bin/bash
# Times `scrubs clean` against a plain copy, and against exiftool, mat2 and gdcmanon where they are installed, on made-up
# sets:  bash benches/compare.sh
#
#   SMALL=1          a quick try: a fiftieth of the files
#   ROUNDS=3         paired rounds; the table shows medians
#   SETS="..."       of jpeg-large (1000 files of 3 to 5 MB), jpeg-small (10000 of 60 kB), ct (5000 slices of 512 KiB),
#                    and png, webp, gif, tiff, bmp, heic, avif, jxl, jp2 (200 each); `formats` stands for these nine
#   LARGE=1000 LITTLE=10000 CT=5000 EACH=200    how many files
#   SEEDS=DIR        files that the sets heic, avif, jxl and jp2 are made of; without it they are left out
#   WORK=DIR         where sets and outputs go; sets that are there are used again. Default: a temporary folder, removed
#   SCRUBS=BINARY    default: built here with --release
#   SCRUBS_OPTIONS   further options of `scrubs clean`, a profile for instance
#
# In each round every tool runs once, one after the other, on the same disk, from a warm cache as far as memory allows,
# and each into a folder that did not exist. The copy is followed by `sync -f` of its target, as scrubs makes its own
# outputs durable; the other tools do not sync. Nothing is passed or failed here: what is printed are measurements.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."
divide=1; [ "${SMALL:-}" = 1 ] && divide=50
rounds=${ROUNDS:-3}
sets=${SETS:-jpeg-large jpeg-small ct}
sets=${sets/formats/png webp gif tiff bmp heic avif jxl jp2}
if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/scrubs-compare.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$WORK"
WORK=$(readlink -f "$WORK")

if [ -z "${SCRUBS:-}" ]; then
  cargo build --release --bin scrubs --example generate >&2
  target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  SCRUBS=$target/release/scrubs GENERATE=$target/release/examples/generate
fi
generate=${GENERATE:-$(dirname "$SCRUBS")/examples/generate}

# Seconds and peak kilobytes of a command, appended to a file; 0 and 1 are both a completed run of scrubs.
gnu_time=$(type -P time || true)
measure() {
  local into=$1 code=0 start end; shift
  start=$(date +%s.%N)
  if [ -n "$gnu_time" ]; then
    "$gnu_time" -q -f %M -o "$WORK/peak" "$@" >"$WORK/log" 2>&1 </dev/null || code=$?
  else
    echo 0 >"$WORK/peak"
    "$@" >"$WORK/log" 2>&1 </dev/null || code=$?
  fi
  end=$(date +%s.%N)
  if [ "$code" -gt 1 ]; then
    echo "exit $code from: $*" >&2; tail -n 5 "$WORK/log" >&2
  fi
  echo "$(echo "$start $end" | awk '{ printf "%.3f", $2 - $1 }') $(tail -n 1 "$WORK/peak")" >>"$into"
}

# Median of a column of a file.
median() { sort -n -k "$2,$2" "$1" | awk -v c="$2" '{ v[NR] = $c } END { if (NR % 2) print v[(NR + 1) / 2]; else print (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# Recordings that a tool wrote, sidecars and reports not counted: a tool that wrote none was fast at nothing.
written() {
  case $1 in
    scrubs) find "$2/release/recordings" "$2/custody/held" -type f ! -name '*.consent.json' 2>/dev/null | wc -l || true ;;
    bare_copy) find "$2/bare" -type f 2>/dev/null | wc -l || true ;;
    *) find "$2/$1" -type f 2>/dev/null | wc -l || true ;;
  esac
}

copy() { cp -r "$1" "$2" && sync -f "$2"; }
export -f copy

run_copy() { measure "$3" bash -c 'copy "$@"' copy "$1" "$2/copy"; }
run_bare_copy() { measure "$3" cp -r "$1" "$2/bare"; }
run_scrubs() {
  export XDG_DATA_HOME=$2/data
  # shellcheck disable=SC2086  # options are words
  measure "$3" "$SCRUBS" clean "$1" --to "$2/release" --custody "$2/custody" --format json ${SCRUBS_OPTIONS:-}
}
run_exiftool() { (cd "$1" && measure "$3" exiftool -q -q -r -all= -o "$2/exiftool/%d%f.%e" .); }
# mat2 cleans in place, so it gets a copy, which is not timed.
run_mat2() { cp -r "$1" "$2/mat2"; measure "$3" bash -c 'find "$1" -type f -print0 | xargs -0 mat2 --inplace --lightweight' mat2 "$2/mat2"; }
run_gdcmanon() { measure "$3" gdcmanon -e -c "$WORK/certificate.pem" -r --continue -i "$1" -o "$2/gdcmanon"; }

tools_for() {
  echo bare_copy copy scrubs
  case $1 in
    jpeg-*) for tool in exiftool mat2; do command -v $tool || true; done ;;
    png | webp | gif | tiff | bmp | heic | avif | jxl | jp2) command -v exiftool || true ;;
    ct) command -v gdcmanon openssl >/dev/null && command -v gdcmanon || true ;;
  esac | sed 's!.*/!!'
}

count_of() {
  case $1 in
    jpeg-large) echo $((${LARGE:-1000} / divide)) ;;
    jpeg-small) echo $((${LITTLE:-10000} / divide)) ;;
    ct) echo $((${CT:-5000} / divide)) ;;
    png | webp | gif | tiff | bmp | heic | avif | jxl | jp2) echo $((${EACH:-200} / divide)) ;;
    *) echo "there is no set $1; the sets are listed at the head of this script" >&2; exit 2 ;;
  esac
}

if command -v gdcmanon openssl >/dev/null && [ ! -f "$WORK/certificate.pem" ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=made-up -keyout "$WORK/private.pem" -out "$WORK/certificate.pem" 2>/dev/null
fi

echo "$(nproc) processors, $(awk '/MemTotal/ { printf "%.1f GB", $2 / 1e6 }' /proc/meminfo 2>/dev/null) memory, $(uname -sr), $rounds rounds, $("$SCRUBS" --version)"
printf '%-11s %6s %7s  %-10s %7s %8s %8s %12s %8s\n' set files MB tool written seconds MB/s 'rate : copy' 'peak MB'
for set in $sets; do
  count=$(count_of "$set")
  source=$WORK/sets/$set-$count
  if [ ! -d "$source" ]; then
    rm -rf "$source.part"
    if ! "$generate" "$set" "$count" "$source.part" ${SEEDS:+"$SEEDS"} 2>"$WORK/log"; then
      echo "$set is left out: $(tail -n 1 "$WORK/log")"
      continue
    fi
    mv "$source.part" "$source"
  fi
  sync -f "$source"
  find "$source" -type f -exec cat {} + >/dev/null
  megabytes=$(find "$source" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%.1f", s / 1e6 }')
  results=$WORK/results-$set; rm -rf "$results"; mkdir -p "$results"
  tools=$(tools_for "$set")
  for ((round = 0; round < rounds; round++)); do
    for tool in $tools; do
      out=$WORK/out/$round-$tool; mkdir -p "$out"; sync -f "$out"
      "run_$tool" "$source" "$out" "$results/$tool"
      written "$tool" "$out" >"$results/$tool.written"
    done
    # Deleted files make ext4 search longer for places of new ones, for minutes: outputs go late, unless room is short.
    room=$(df --output=avail -m "$WORK" | tail -n 1)
    [ "$room" -gt "$(awk -v m="$megabytes" 'BEGIN { print int(6 * m) }')" ] || rm -rf "$WORK/out"
  done
  rm -rf "$WORK/out"
  copied=$(median "$results/copy" 1)
  for tool in $tools; do
    seconds=$(median "$results/$tool" 1); peak=$(median "$results/$tool" 2)
    echo "$set $count $megabytes $tool $seconds $copied $peak $(cat "$results/$tool.written")" | awk '{
      name = $4 == "copy" ? "cp + sync" : $4 == "bare_copy" ? "cp" : $4
      printf "%-11s %6d %7.0f  %-10s %7d %8.2f %8.1f %12.2f %8s\n", $1, $2, $3, name, $8, $5, $3 / $5, $6 / $5, $7 ? sprintf("%.0f", $7 / 1024) : "-" }'
  done
  for tool in exiftool mat2 gdcmanon; do
    [ -f "$results/$tool" ] && [ "$(cat "$results/$tool.written")" -gt 0 ] && [ "$(cat "$results/scrubs.written")" -gt 0 ] || continue
    echo "$(median "$results/$tool" 1) $(median "$results/scrubs" 1)" | awk -v t="$tool" '{ printf "%29s scrubs is %.1f × as fast as %s\n", "", $1 / $2, t }'
  done
done
