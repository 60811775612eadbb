#!/usr/bin/env python3
"""Finds the weights of the detector of writing again, by logistic regression (needs numpy and scikit-learn):

    for seed in 101 102 103; do
      cargo run --release --example score-marks -- --pictures 1520 --seed $seed --lines lines-$seed.csv
    done
    python3 benches/marks/weigh.py lines-*.csv > src/pixels/writing/weights.in

A line counts as writing where more than half of its box lies in boxes of writing, and as none below 0.35 (made) or 0.2
(real: boxes drawn by hand are loose). Real lines count three times. The offsets make pairs and lines that run down less
sure than the odds say: there are so many more of them that are nothing.
"""
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

OFFSETS = {"across": -0.5, "pair": -1.0, "down": -1.5}
REAL_COUNTS = 3.0

rows = {sort: [] for sort in OFFSETS}
seen_real = False
for path in sys.argv[1:]:
    with open(path) as lines:
        for line in lines:
            kind, sort, *numbers = line.rstrip("\n").split(",")
            if kind == "real" and seen_real:
                continue
            rows[sort].append(np.array([kind == "real", *numbers], dtype=np.float32))
    seen_real = True

print("[")
for sort, offset in OFFSETS.items():
    table = np.array(rows[sort])
    real, part, measures = table[:, 0] > 0, table[:, 1], table[:, 2:].astype(float)
    written = part > 0.5
    counts = written | (part < np.where(real, 0.2, 0.35))
    mean, deviation = measures[counts].mean(0), measures[counts].std(0) + 1e-9
    varies = deviation > 1e-4
    scaled = ((measures[counts] - mean) / deviation)[:, varies]
    found = LogisticRegression(C=1.0, max_iter=600).fit(
        scaled, written[counts], sample_weight=np.where(real[counts], REAL_COUNTS, 1.0)
    )
    weights = np.zeros(measures.shape[1])
    weights[varies] = found.coef_[0] / deviation[varies]
    first = found.intercept_[0] - (weights * mean).sum() + offset
    print("    [" + ", ".join(repr(float(round(weight, 3))) for weight in [first, *weights]) + "],")
print("]")
