#!/bin/sh
# check_includes.sh FOLDER: reject every #include under FOLDER that runs upward.
#
#   between parts      cli -> embed, datasets -> libgnn; embed and datasets never meet
#   inside libgnn      core < run < kernels < ... < train: a folder includes what stands
#                      before it, with its folder's name ("core/alloc.h")
#   private headers    are seen by their own part only, but for libgnn/core/, whose allocator,
#                      hashes and random numbers serve all parts, and libgnn/kernels/, which
#                      embed calls; tests and bench see everything
#   one place each     OpenMP and OpenBLAS's thread count: core/parallel.c;
#                      heavy readers' libraries: datasets/modules/
# Prints a line for each offence; ends with 1 if there was one.
cd "$1" || exit 2
find libgnn embed datasets cli -name '*.[ch]' -o -name '*.inc' 2>/dev/null | sort |
    while read -r file; do
        awk -v file="$file" '
            BEGIN {
                split("core run kernels manifolds graph tensor ops spectral layers models train",
                      order, " ")
                for (i in order) rank[order[i]] = i + 0
                split(file, path, "/")
                part = path[1]
                public = path[2] == "include"
                own = part == "libgnn" ? rank[path[2]] : 0
                below["libgnn"] = "gnn"
                below["embed"] = "gnn embed"
                below["datasets"] = "gnn datasets"
                below["cli"] = "gnn embed datasets"
            }
            function offence(text) {
                printf "%s:%d: %s\n", file, FNR, text
                bad = 1
            }
            /^[ \t]*#[ \t]*pragma[ \t]+omp/ || /openblas_set_num_threads|omp_set_num_threads/ {
                if (file != "libgnn/core/parallel.c")
                    offence("threads are the business of core/parallel.c")
            }
            /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
                line = $0
                sub(/^[^<"]*/, "", line)
                quoted = substr(line, 1, 1) == "\""
                name = substr(line, 2)
                sub(/[>"].*/, "", name)
                n = split(name, step, "/")
                if (name == "omp.h" && file != "libgnn/core/parallel.c")
                    offence("threads are the business of core/parallel.c")
                if (name ~ /^(igraph|assimp|indigo)/ && file !~ /^datasets\/modules\//)
                    offence(name " belongs in datasets/modules/")
                if (name ~ /\.\./)
                    offence("write the path from the root of the part, not " name)
                if (step[1] ~ /^(gnn|embed|datasets|cli)$/ && n > 1) {
                    if (index(" " below[part] " ", " " step[1] " ") == 0)
                        offence(part " may not include " name)
                } else if (public && quoted)
                    offence("a public header includes public headers only, not " name)
                else if (n > 1 && step[1] in rank && (quoted || part == "libgnn")) {
                    if (part != "libgnn" && step[1] != "core" &&
                        !(part == "embed" && step[1] == "kernels"))
                        offence(name " is private to libgnn")
                    else if (part == "libgnn" && rank[step[1]] > own)
                        offence(path[2] " stands before " step[1] " and may not include " name)
                }
            }
            END { exit bad }' "$file" || echo offence
    done >/tmp/includes.$$
offences=$(grep -c '^offence$' /tmp/includes.$$)
grep -v '^offence$' /tmp/includes.$$
rm -f /tmp/includes.$$
[ "$offences" -eq 0 ]
