#!/bin/sh
# alone.sh "COMPILER FLAGS" HEADER...: each public header compiles when nothing stands before
# it, and again when it was included already.
compiler=$(echo "$1" | tr ';' ' ')
shift
failed=0
for header in "$@"; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        $compiler -pedantic-errors -Wall -Wextra -Werror -fsyntax-only - || {
        echo "$header does not compile alone"
        failed=1
    }
done
exit $failed
