#!/usr/bin/env bash
# report.html in a real browser: no error, no request, landmarks, keyboard, names of figures, print, time.
# Skipped (77) without node, chromium or the npm package playwright-core (./dev setup).
set -u
source=${VAGUS_SOURCE:-.}
browser=${CHROMIUM:-/usr/bin/chromium}
maker=$(dirname "${VAGUS:-build/vagus}")/tests/write_fixture_report
command -v node >/dev/null && [ -x "$browser" ] && [ -d "$source/node_modules/playwright-core" ] || {
    echo "node, chromium or playwright-core is not here: skipped"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages=()
for shift in -6 0 6; do
    "$maker" "$work/fixture$shift" "$shift" || exit 1
    pages+=("$work/fixture$shift/report.html")
done
for kind in mechanism unclear strata strata-unclear prediction prediction-useless; do
    "$maker" "$work/fixture-$kind" "$kind" || exit 1
    pages+=("$work/fixture-$kind/report.html")
done
"$maker" "$work/fixture-review" review || exit 1
pages+=("$work/fixture-review/report.html")
for example in beat-the-blues st-johns-wort probiotics-depression depression-network; do
    if "$VAGUS" run "$source/examples/$example" -o "$work/$example" >"$work/out" 2>&1; then
        pages+=("$work/$example/report.html")
    elif ! grep -q 'not available in this version' "$work/out"; then
        cat "$work/out"
        exit 1
    fi
done
CHROMIUM="$browser" node "$source/tests/report/report_in_chromium.mjs" "$work" "${pages[@]}"
