#!/bin/sh
# check_format.sh CLANG_FORMAT FOLDER: names every C file that clang-format would change, and
# every line over 90 columns. Ends with 1 if there was one.
cd "$2" || exit 2
files=$(find libgnn embed datasets cli tests bench -name '*.[ch]' 2>/dev/null | sort)
bodies=$(find libgnn embed datasets cli tests -name '*.inc' -o -name '*.def' 2>/dev/null)
failed=0
# shellcheck disable=SC2086
changed=$("$1" --style=file --dry-run $files 2>&1 | sed -n 's/^\([^:]*\.[ch]\):.*/\1/p' | sort -u)
if [ -n "$changed" ]; then
    # shellcheck disable=SC2086
    printf 'not formatted (clang-format -i FILE): %s\n' $changed
    failed=1
fi
# Columns are characters, not bytes.
# shellcheck disable=SC2086
if LC_ALL=C.UTF-8 grep -nE '^.{91,}' $files $bodies /dev/null; then
    echo "the lines above are over 90 columns"
    failed=1
fi
exit $failed
