#!/usr/bin/env bash
# `cmake --install` gives a prefix that works wherever it is put: program, manual pages, completion, library,
# pkg-config file; the C example compiles against it and gives the right number.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
build=$(dirname "$VAGUS")
grep -q 'VAGUS_SANITIZE:BOOL=ON' "$build/CMakeCache.txt" && { echo "installed from release builds only"; exit 77; }
command -v pkg-config >/dev/null && command -v cc >/dev/null || exit 77

cmake --install "$build" --prefix "$here/first" >"$here/out" 2>&1 || { cat "$here/out"; exit 1; }
mv "$here/first" "$here/prefix" # a prefix may be moved
prefix=$here/prefix
for file in bin/vagus include/vagus/vagus.h share/bash-completion/completions/vagus; do
    [ -s "$prefix/$file" ] || fail "$file is not installed"
done
if command -v scdoc >/dev/null; then
    [ -s "$prefix/share/man/man1/vagus.1" ] || fail "no manual page of vagus"
    for command in $("$VAGUS" --describe commands); do
        [ -s "$prefix/share/man/man1/vagus-$command.1" ] || fail "no manual page of vagus $command"
    done
    if command -v man >/dev/null; then
        "$prefix/bin/vagus" help check 2>/dev/null | grep -q 'SYNOPSIS' || fail "vagus help does not open the manual page"
    fi
fi
"$prefix/bin/vagus" --version | grep -q '^vagus [0-9]' || fail "the installed program does not run"

pc=$(find "$prefix" -name vagus.pc)
export PKG_CONFIG_PATH=${pc%/*}
library=${pc%/pkgconfig/vagus.pc}
[ -s "$library/libvagus.a" ] && [ -e "$library/libvagus.so" ] || fail "the libraries are not installed"
for own in "$prefix"/include/vagus/*.h; do # each header stands alone
    echo "#include <vagus/${own##*/}>" >one.c
    cc -std=c11 -Wall -Werror -fsyntax-only $(pkg-config --cflags vagus) one.c 2>"$here/err" || fail "${own##*/} does not stand alone"
    if command -v c++ >/dev/null; then
        c++ -x c++ -fsyntax-only $(pkg-config --cflags vagus) one.c 2>"$here/err" || fail "${own##*/} is not for C++"
    fi
done
foreign=$(nm -D --defined-only "$library/libvagus.so" | awk '$2 ~ /[TDBR]/ && $3 !~ /^vg_/ { print $3 }')
[ -z "$foreign" ] || fail "libvagus.so exports names that are not vg_: $foreign"

example=$VAGUS_SOURCE/examples/c/fit_mmrm.c
[ "$(wc -l <"$example")" -le 75 ] || fail "the example is too long to be one"
cc -std=c17 -Wall -Wextra -Werror "$example" $(pkg-config --cflags --libs vagus) -o fit_shared 2>"$here/err" || fail "no link with libvagus.so"
LD_LIBRARY_PATH=$library ./fit_shared >shared.txt 2>"$here/err" || fail "the example does not run"
cc -std=c17 "$example" $(pkg-config --cflags vagus) "$library/libvagus.a" \
    $(pkg-config --libs --static vagus | sed 's/-lvagus//') -o fit_static 2>"$here/err" || fail "no link with libvagus.a"
./fit_static >static.txt 2>"$here/err" || fail "the static example does not run"
cmp -s shared.txt static.txt || fail "the two libraries answer differently"
# R 4.2.2, mmrm 0.3.18: df_1d(mmrm(y ~ a * v + us(v | id), d, method = "Kenward-Roger"), c(0, 1, 0, 1)):
# est -6, se 1.94288994979, df 9.99998, p 0.01147947; interval -10.32903, -1.67097
grep -qx 'active - control at the second visit: -6.000 points, 95 % CI -10.329 to -1.671, p = 0.0115 (df 10.0)' shared.txt ||
    fail "the example says: $(cat shared.txt)"
finish
