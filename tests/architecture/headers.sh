#!/usr/bin/env bash
# Each public header compiles alone, twice over, as C11 and as C++11; those that declare functions do so for C++ too; vagus.h holds all.
set -u
cd "${VAGUS_SOURCE:-.}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c=${CC:-cc}
cxx=${CXX:-c++}
command -v "$c" >/dev/null || { echo "no C compiler called $c"; exit 77; }
command -v "$cxx" >/dev/null || { echo "no C++ compiler: as C only"; cxx=; }
bad=0
fail() { echo "$*"; bad=1; }

for header in include/vagus/*.h; do
    name=${header##*/}
    printf '#include <vagus/%s>\n#include <vagus/%s>\n' "$name" "$name" >"$work/alone.c"
    "$c" -std=c11 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -Iinclude -fsyntax-only "$work/alone.c" ||
        fail "$header does not compile alone as C"
    if [ -n "$cxx" ]; then
        "$cxx" -x c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$work/alone.c" ||
            fail "$header does not compile alone as C++"
    fi
    [ "$name" = vagus.h ] && continue
    grep -q 'extern "C" {' "$header" || fail "$header has no extern \"C\""
    grep -qxF "#include <vagus/$name>" include/vagus/vagus.h || fail "vagus.h does not include $name"
    grep -q "@file $name" "$header" || fail "$header does not begin with @file $name"
    guard=VAGUS_$(tr a-z. A-Z_ <<<"$name")
    grep -qx "#ifndef $guard" "$header" || fail "$header is not guarded by $guard"
done
exit $bad
