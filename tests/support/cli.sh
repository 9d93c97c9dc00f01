# For tests of the program: sourced by tests/cli/*.sh. Runs vagus in an empty folder and checks status, words and
# that nothing was left behind.
set -u
: "${VAGUS:?the program, set by ctest}" "${VAGUS_SOURCE:?the source folder, set by ctest}"
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/work"
cd "$here/work" || exit 1
failed=0
data=$VAGUS_SOURCE/tests/cli/data
export PYTHONPATH=$VAGUS_SOURCE/tests/support PYTHONDONTWRITEBYTECODE=1

fail() {
    echo "FAILED: $*"
    sed 's/^/    out: /' "$here/out" | head -5
    sed 's/^/    err: /' "$here/err" | head -5
    failed=1
}

# expect STATUS WORD...: runs vagus WORD...; standard output and error go to $here/out and $here/err.
expect() {
    local wanted=$1 got
    shift
    last="vagus $*"
    "$VAGUS" "$@" >"$here/out" 2>"$here/err" </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || fail "$last: exit $got, not $wanted"
}

# What the last run said on standard error / printed on standard output (fixed strings).
told() { grep -qF -- "$1" "$here/err" || fail "$last: standard error lacks: $1"; }
printed() { grep -qF -- "$1" "$here/out" || fail "$last: standard output lacks: $1"; }
silent() { [ ! -s "$here/err" ] || fail "$last: standard error is not empty"; }
printed_nothing() { [ ! -s "$here/out" ] || fail "$last: standard output is not empty"; }

# refused STATUS PLACE MESSAGE HINT WORD...: an error at PLACE ("FILE:LINE:" or ""), nothing written anywhere.
refused() {
    local status=$1 place=$2 message=$3 hint=$4 before after
    shift 4
    before=$(find . | sort)
    expect "$status" "$@"
    after=$(find . | sort)
    told "vagus: $place"
    told "$message"
    told "$hint"
    printed_nothing
    [ "$before" = "$after" ] || fail "$last: files were left: $(comm -13 <(echo "$before") <(echo "$after"))"
}

finish() {
    [ "$failed" -eq 0 ] && echo "all held"
    exit "$failed"
}
