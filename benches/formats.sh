#!/bin/bash
# Prints the table of docs/formats.md from a run of the foreign check over a corpus of pictures:
#   bash benches/formats.sh RUN_DIR
#
# RUN_DIR holds report.jsonl, a line for each file: its ending, whether it was cleaned, what other tools then found in it,
# and whether another decoder shows the same picture. A file is counted as one that can be opened when that decoder opens
# the source.
set -euo pipefail
[ $# = 1 ] && [ -f "$1/report.jsonl" ] || { echo "usage: bash benches/formats.sh RUN_DIR (with a report.jsonl)" >&2; exit 2; }
python3 - "$1/report.jsonl" <<'PYTHON'
import json, sys

NAMES = {"jpg": "JPEG", "png": "PNG, APNG", "webp": "WebP", "gif": "GIF", "tif": "TIFF, BigTIFF", "heic": "HEIC, HEIF",
         "avif": "AVIF", "jxl": "JPEG XL", "jp2": "JP2", "j2k": "J2K", "bmp": "BMP"}
# What the check calls a leak: something that tells of a person, a place, a time or a device, or a picture beside the picture.
LEAKS = ("id", "gps", "date", "text", "makernote", "device", "preview")
rows = [json.loads(line) for line in open(sys.argv[1])]


def count(rows, test):
    return sum(bool(test(row)) for row in rows)


def residue(row):
    return any(kind in LEAKS for kind, _ in row.get("left", ())) or row.get("raw") or (row.get("tail") or (0, 0, 0))[2] > 8


def line(name, rows):
    clean = [row for row in rows if row["status"] == "ok"]
    seen = [row for row in clean if row["pixels"] != "n/a"]
    opened = [row for row in rows if row["orig_decodes"]]
    return [name, len(rows), len(clean), count(clean, lambda row: row["unchanged"]), len(rows) - len(clean),
            f"{count(opened, lambda row: row['status'] == 'ok')} of {len(opened)}", count(clean, residue),
            f"{count(seen, lambda row: row['pixels'] == 'same')} of {len(seen)}",
            f"{count(seen, lambda row: row['shown'] == 'same')} of {len(seen)}"]


table = [line(name, [row for row in rows if row["fmt"] == ending]) for ending, name in NAMES.items()]
table = [cells for cells in table if cells[1]] + [line("**all**", [row for row in rows if row["fmt"] in NAMES])]
head = ["format", "files tried", "cleaned", "of them clean before", "refused", "cleaned of those that can be opened", "residues",
        "pixel-identical", "shown alike"]
for cells in [head, ["---"] + ["---:"] * (len(head) - 1), *table]:
    print("| " + " | ".join(map(str, cells)) + " |")
PYTHON
