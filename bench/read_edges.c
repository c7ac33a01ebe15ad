/* How fast is an edge list read into a graph, and how much memory does that take?
 *
 *   read_edges [NODES [PAIRS [REPEATS]]]        default 1000000 10000000 3
 *
 * Writes files of PAIRS distinct pairs of NODES nodes in random order, with integer and
 * with string ids, to a scratch folder (TMPDIR, or /tmp), reads each in a process of its
 * own, plain and gzipped, and prints seconds to a built undirected graph beside the peak
 * of anonymous memory (RssAnon, sampled every 2 ms by the parent) and what is allowed: 3
 * times CSR and names, and 64 MB. */
#include <datasets/datasets.h>
#include <gnn/parallel.h>

#include <inttypes.h>

#include "core/rng.h"
#include "reading.h"

/* Pair k joins node u = k mod n with u + 1 + distance mod n. The distances of a node lie
 * in different strata below n / 2, so that no pair comes twice. */
static void pair_at(int64_t n, int64_t pairs, int64_t k, int64_t *u, int64_t *v) {
    int64_t a_node = (pairs + n - 1) / n, stratum = n / 2 / a_node;
    uint32_t word[4];
    *u = k % n;
    gnn_i_philox(1, 0, (uint64_t)k, word);
    *v = (*u + 1 + k / n * stratum + word[0] % (stratum - 1)) % n;
}

static void write_pairs(const char *path, int64_t n, int64_t pairs, bool strings) {
    FILE *file = fopen(path, "w");
    gnn_id *name = malloc((size_t)n * sizeof *name);
    if (file == NULL || name == NULL) reading_die(path);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 2, 0);
    for (int64_t i = 0; i < n; i++) name[i] = (gnn_id)i;
    gnn_i_rng_shuffle(&rng, name, n);
    /* 7919 and a power of ten have no common factor: every pair once, far from its
     * sisters. */
    for (int64_t i = 0, k = 0; i < pairs; i++, k = (k + 7919) % pairs) {
        int64_t u, v;
        pair_at(n, pairs, k, &u, &v);
        if (strings)
            fprintf(file, "user-%08x\tuser-%08x\n", (unsigned)name[u] * 2654435761u,
                    (unsigned)name[v] * 2654435761u);
        else
            fprintf(file, "%d\t%d\n", name[u], name[v]);
    }
    if (fclose(file) != 0) reading_die(path);
    free(name);
}

/* What the reading process tells its parent. */
typedef struct outcome {
    double seconds;
    int64_t nodes, arcs;
    double csr_bytes, names_bytes;
} outcome;

static void read_once(const char *path, void *shared) {
    outcome *out = shared;
    data_nodes nodes;
    data_options options = {0};
    double start = reading_now();
    if (data_nodes_read(path, &options, &nodes) != GNN_OK) {
        fprintf(stderr, "%s\n", gnn_last_error());
        _exit(1);
    }
    out->seconds = reading_now() - start;
    out->nodes = gnn_graph_n_nodes(nodes.graph);
    out->arcs = gnn_graph_n_arcs(nodes.graph);
    out->csr_bytes = 8.0 * (double)(out->nodes + 1) + 4.0 * (double)out->arcs;
    out->names_bytes = (double)gnn_names_bytes(nodes.names);
    data_nodes_clear(&nodes);
    _exit(0);
}

static void measure(const char *what, const char *path, int repeats) {
    outcome *shared = reading_shared(sizeof *shared);
    double least = 1e30, peak = 0;
    for (int i = 0; i < repeats; i++) {
        double bytes = reading_watch(read_once, path, shared);
        if (bytes > peak) peak = bytes;
        if (shared->seconds < least) least = shared->seconds;
    }
    double allowed = 3 * (shared->csr_bytes + shared->names_bytes) + (64 << 20);
    printf("%-16s %6.2f s   %9" PRId64 " nodes %9" PRId64
           " arcs   peak %6.1f MB, allowed %6.1f\n",
           what, least, shared->nodes, shared->arcs, peak / 1e6, allowed / 1e6);
    munmap(shared, sizeof *shared);
}

int main(int argc, char **argv) {
    int64_t n = argc > 1 ? atoll(argv[1]) : 1000000;
    int64_t pairs = argc > 2 ? atoll(argv[2]) : 10000000;
    int repeats = argc > 3 ? atoi(argv[3]) : 3;
    char folder[512], path[600];
    if (n < 1000 || pairs < n || pairs / n > 100) {
        fprintf(stderr, "expected 1000 nodes or more, and 1 to 100 pairs a node\n");
        return 1;
    }
    reading_folder("read_edges", folder, sizeof folder);
    printf("%d processors\n", gnn_n_processors());
    for (int strings = 0; strings < 2; strings++) {
        snprintf(path, sizeof path, "%s/%s.tsv", folder,
                 strings ? "strings" : "integers");
        write_pairs(path, n, pairs, strings != 0);
        reading_compress(path);
        measure(strings ? "string ids" : "integer ids", path, repeats);
        unlink(path);
        strcat(path, ".gz");
        measure(strings ? "string ids, gz" : "integer ids, gz", path, repeats);
        unlink(path);
    }
    rmdir(folder);
    return 0;
}
