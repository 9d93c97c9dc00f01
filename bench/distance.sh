#!/usr/bin/env bash
# Distances of simulated tables against peers in the same run, processor time of one thread: Bray–Curtis 2,000 × 1,000
# against vegan's vegdist, UniFrac against unifrac-binaries, where SSU names its program `ssu` (and python3 has h5py).
# usage: [SSU=…] bench/distance.sh [SAMPLES [FEATURES]] for UniFrac (5,000 × 2,000); needs the programs of
# -DVAGUS_BENCH=ON in build/ (or BUILD=…). The peer's time includes reading
# its table and writing the answer.
set -eu
cd "$(dirname "$0")/.."
samples=${1:-5000} features=${2:-2000} bench=${BUILD:-build}/bench/bench_distance
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 TIMEFORMAT='    elapsed %R s, processor %U s'
"$bench" bray 2000 1000 1 "$folder/bray" >/dev/null
"$bench" bray 2000 1000 1
"$bench" bray 2000 1000 2
if Rscript -e 'library(vegan)' >/dev/null 2>&1; then
    Rscript -e 'suppressMessages(library(vegan)); x <- as.matrix(read.csv(commandArgs(TRUE)[1]))
        t <- system.time(d <- vegdist(x)); cat(sprintf("vegdist (mean %.10g)\n    elapsed %.3f s, processor %.3f s\n",
            mean(d), t[["elapsed"]], t[["user.self"]]))' "$folder/bray.csv"
else
    echo "vegdist skipped: no vegan"
fi
"$bench" unifrac "$samples" "$features" 1 "$folder/tree" >/dev/null
for metric in unifrac wunifrac wunifrac-normalised gunifrac; do
    "$bench" $metric "$samples" "$features" 1
done
[ -n "${SSU:-}" ] || { echo "unifrac-binaries skipped: set SSU"; exit 0; }
"${PYTHON:-python3}" - "$folder/tree.csv" "$folder/tree.biom" <<'E'
import csv, sys
import h5py, numpy
rows = csv.reader(open(sys.argv[1]))
features = next(rows)
x = numpy.array([[float(v) for v in row] for row in rows])
def put(group, ids, m):
    group.create_dataset("ids", data=numpy.array(ids, dtype=object), dtype=h5py.special_dtype(vlen=str))
    for name in ("metadata", "group-metadata"):
        group.create_group(name)
    at = [numpy.nonzero(r)[0] for r in m]
    g = group.create_group("matrix")
    g.create_dataset("data", data=numpy.concatenate([r[k] for r, k in zip(m, at)]))
    g.create_dataset("indices", data=numpy.concatenate(at).astype("i4"))
    g.create_dataset("indptr", data=numpy.cumsum([0] + [len(k) for k in at]).astype("i4"))
with h5py.File(sys.argv[2], "w") as f:
    f.attrs.update({"id": "bench", "type": "OTU table", "format-url": "http://biom-format.org", "format-version": (2, 1),
                    "generated-by": "bench", "creation-date": "2026-01-01", "shape": x.T.shape, "nnz": int((x != 0).sum())})
    put(f.create_group("observation"), features, x.T)
    put(f.create_group("sample"), [f"s{i}" for i in range(len(x))], x)
E
for method in unweighted_fp64 weighted_unnormalized_fp64 weighted_normalized_fp64 generalized_fp64; do
    echo "unifrac-binaries $method"
    time "$SSU" -i "$folder/tree.biom" -t "$folder/tree.nwk" -m $method -a 0.5 -r hdf5_fp64 -o "$folder/out.h5"
    "${PYTHON:-python3}" -c 'import h5py, sys; x = h5py.File(sys.argv[1])["matrix"][()]; n = len(x); print("    mean %.10g" % (x.sum() / (n * (n - 1))))' "$folder/out.h5"
done
