#!/bin/bash
# Prints the peak memory of `scrubs clean`, one worker, for large pictures of each format:  bash benches/memory.sh
#
#   SETS="jpeg png png16 tiff tiff16 webp jxl jxl-lossless jp2 heic dicom dicom-rle dicom-jpeg dicom-lossless dicom-jpegls dicom-j2k"
#   PIXELS="6 12 24"   megapixels of each: 6 (2500 by 2500), 12, 24, 50
#   LINES="yes no"     with a line of writing along the upper edge, which is covered, or without
#   WORK=DIR           where pictures and outputs go; pictures that are there are used again. Default: a temporary folder, removed
#   SCRUBS=BINARY      Default: one that is built here with --release
#   SCRUBS_OPTIONS     further options of `scrubs clean`. Default: --kind x-ray
#
# Needs ffmpeg with drawtext, which makes the pictures; cjxl, heif-enc, dcmtk and gdcmconv make some sets, which are left out where
# they are not installed. `peak MB` is the most that the whole process held at once (GNU time, %M); what other programs that it
# starts hold is not in it. `state` is what the report says of the pixels, and `held` why a recording was held, if it was.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/scrubs-memory.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
fi
mkdir -p "$WORK"
WORK=$(readlink -f "$WORK")
if [ -z "${SCRUBS:-}" ]; then
  cargo build --release --bin scrubs >&2
  target=$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
  SCRUBS=$target/release/scrubs
fi

# Soft clouds with a little grain, in colour, and a line of writing where it is asked for.
picture() {
  local size=$1 line=$2 form=$3 out=$4 draw=null
  [ "$line" = no ] || draw="drawtext=text='48213907 14.03.1957':x=40:y=30:fontsize=64:fontcolor=white"
  ffmpeg -v error -y -f lavfi -i "gradients=s=$size:c0=0x203040:c1=0xa08070:n=3:seed=7:d=1,noise=alls=6:allf=t,$draw" -frames:v 1 -pix_fmt "$form" "$out"
}
raw() { # an object of one frame, without compression
  local size=$1 line=$2 out=$3
  ffmpeg -v error -y -i "$WORK/base-$size-$line.png" -f rawvideo -pix_fmt rgb24 "$WORK/frame.raw"
  printf '%s\n' '(0008,0008) CS [ORIGINAL\PRIMARY]' '(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]' '(0008,0018) UI [1.2.826.0.1.3680043.9.9999.8.1]' \
    '(0008,0060) CS [OT]' '(0010,0010) PN [Hoeflich^Anneliese]' '(0010,0020) LO [48213907]' '(0020,000d) UI [1.2.826.0.1.3680043.9.9999.8.2]' \
    '(0020,000e) UI [1.2.826.0.1.3680043.9.9999.8.3]' '(0028,0002) US 3' '(0028,0004) CS [RGB]' '(0028,0006) US 0' "(0028,0010) US ${size#*x}" \
    "(0028,0011) US ${size%x*}" '(0028,0100) US 8' '(0028,0101) US 8' '(0028,0102) US 7' '(0028,0103) US 0' "(7fe0,0010) OB =$WORK/frame.raw" >"$WORK/object.txt"
  dump2dcm +te "$WORK/object.txt" "$out"
  rm "$WORK/frame.raw"
}
make() {
  local set=$1 size=$2 line=$3 out=$4 base=$WORK/base-$2-$3.png object=$WORK/base-$2-$3.dcm
  [ -f "$base" ] || picture "$size" "$line" rgb24 "$base"
  case $set in dicom-*) [ -f "$object" ] || raw "$size" "$line" "$object" ;; esac
  case $set in
    jpeg) ffmpeg -v error -y -i "$base" -q:v 3 "$out/a.jpg" ;;
    png) cp "$base" "$out/a.png" ;;
    png16) ffmpeg -v error -y -i "$base" -pix_fmt rgb48be "$out/a.png" ;;
    tiff) ffmpeg -v error -y -i "$base" -pix_fmt rgb24 "$out/a.tif" ;;
    tiff16) ffmpeg -v error -y -i "$base" -pix_fmt rgb48le "$out/a.tif" ;;
    webp) ffmpeg -v error -y -i "$base" -c:v libwebp -quality 85 -compression_level 0 "$out/a.webp" ;;
    jxl) cjxl --quiet -e 3 -d 1 "$base" "$out/a.jxl" ;;
    jxl-lossless) cjxl --quiet -e 2 -d 0 "$base" "$out/a.jxl" ;;
    jp2) ffmpeg -v error -y -i "$base" -c:v libopenjpeg -pix_fmt rgb24 "$out/a.jp2" ;;
    heic) heif-enc -q 60 "$base" -o "$out/a.heic" ;;
    dicom) raw "$size" "$line" "$out/a.dcm" ;;
    dicom-rle) dcmcrle "$object" "$out/a.dcm" ;;
    dicom-jpeg) dcmcjpeg +eb +q 90 "$object" "$out/a.dcm" ;;
    dicom-lossless) dcmcjpeg +e1 "$object" "$out/a.dcm" ;;
    dicom-jpegls) dcmcjpls "$object" "$out/a.dcm" ;;
    dicom-j2k) gdcmconv --j2k "$object" "$out/a.dcm" ;;
    *) echo "there is no set $set; the sets are listed at the head of this script" >&2; exit 2 ;;
  esac
}

declare -A sizes=([6]=2500x2500 [12]=4000x3000 [24]=6000x4000 [50]=8660x5774)
printf '%-14s %3s %-5s %8s %8s  %-11s %s\n' set MP line 'peak MB' cpu state held
for set in ${SETS:-jpeg png png16 tiff tiff16 webp jxl jxl-lossless jp2 heic dicom dicom-rle dicom-jpeg dicom-lossless dicom-jpegls dicom-j2k}; do
  for pixels in ${PIXELS:-6 12 24}; do
    for line in ${LINES:-yes no}; do
      source=$WORK/sets/$set-$pixels-$line
      if [ ! -d "$source" ]; then
        rm -rf "$source.part"; mkdir -p "$source.part"
        if ! make "$set" "${sizes[$pixels]}" "$line" "$source.part" >"$WORK/log" 2>&1; then
          echo "$set: no tool of this machine makes it" >&2; continue
        fi
        mv "$source.part" "$source"
      fi
      out=$WORK/out code=0; rm -rf "$out"; mkdir -p "$out"
      # shellcheck disable=SC2086
      XDG_DATA_HOME=$out/data "$(type -P time)" -q -f '%M %U %S' -o "$WORK/one" "$SCRUBS" clean "$source" --to "$out/release" --custody "$out/custody" \
        --format json --jobs 1 ${SCRUBS_OPTIONS---kind x-ray} >"$WORK/log" 2>&1 </dev/null || code=$?
      [ "$code" -le 1 ] || { echo "exit $code on $set" >&2; tail -n 5 "$WORK/log" >&2; }
      report=$out/custody/report/recordings.jsonl
      state=$(grep -o '"pixels":"[a-z-]*"' "$report" | head -n 1 | cut -d '"' -f 4 || true)
      held=$(grep -o '"reasons":\[{"code":"[a-z-]*"' "$report" | head -n 1 | cut -d '"' -f 6 || true)
      awk -v s="$set" -v p="$pixels" -v l="$line" -v state="${state:--}" -v held="$held" \
        '{ printf "%-14s %3d %-5s %8.0f %8.1f  %-11s %s\n", s, p, l, $1 / 1024, $2 + $3, state, held }' "$WORK/one"
      rm -rf "$out"
    done
  done
  [ -n "${KEEP:-}" ] || rm -rf "$WORK/sets"
done
