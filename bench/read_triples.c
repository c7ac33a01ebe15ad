/* How fast are triples read, and how much memory does that take?
 *
 *   read_triples [TRIPLES [ENTITIES [RELATIONS [REPEATS]]]]   20000000 1000000 1000 3
 *   read_triples FILE                                         a file of one's own
 *
 * Writes triples with the heads and tails of an R-MAT graph (.57 .19 .19 .05) and string
 * names to a scratch folder (TMPDIR, or /tmp), reads them in a process of its own, plain
 * and gzipped, and prints the least seconds (of the clock, and of all processors) beside
 * the peak of anonymous memory (RssAnon, sampled every 2 ms by the parent) and what is
 * allowed: 4 times the packed triples (12 bytes each), and the names. */
#include <datasets/triples.h>
#include <gnn/parallel.h>

#include <inttypes.h>

#include "core/rng.h"
#include "reading.h"

/* Two rows of an R-MAT square: a level takes one quarter by a byte of random bits. */
static void draw_ends(gnn_i_rng *rng, int64_t n, int64_t *head, int64_t *tail) {
    do {
        uint32_t word = 0;
        int level = 0;
        *head = *tail = 0;
        for (int64_t side = 1; side < n; side *= 2, level++) {
            if (level % 4 == 0) word = gnn_i_rng_u32(rng);
            uint32_t byte = word & 255;
            word >>= 8;
            *head = 2 * *head + (byte >= 195);
            *tail = 2 * *tail + ((byte >= 146 && byte < 195) || byte >= 243);
        }
    } while (*head >= n || *tail >= n);
}

static void write_triples(const char *path, int64_t n, int64_t entities,
                          int64_t relations) {
    FILE *file = fopen(path, "w");
    gnn_id *name = malloc((size_t)entities * sizeof *name);
    if (file == NULL || name == NULL) reading_die(path);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 0);
    for (int64_t i = 0; i < entities; i++) name[i] = (gnn_id)i;
    gnn_i_rng_shuffle(&rng, name, entities);
    for (int64_t i = 0; i < n; i++) {
        int64_t head, tail, relation;
        draw_ends(&rng, entities, &head, &tail);
        /* Few relations are frequent, many are rare. */
        relation = (int64_t)gnn_i_rng_below(
            &rng, gnn_i_rng_below(&rng, (uint64_t)relations) + 1);
        fprintf(file, "/m/%08x\t/base/relation/%" PRId64 "\t/m/%08x\n",
                (unsigned)name[head] * 2654435761u, relation,
                (unsigned)name[tail] * 2654435761u);
    }
    if (fclose(file) != 0) reading_die(path);
    free(name);
}

/* What the reading process tells its parent. */
typedef struct outcome {
    double seconds, cpu_seconds;
    int64_t n, n_duplicates, n_entities, n_relations;
    double names_bytes;
} outcome;

static void read_once(const char *path, void *shared) {
    outcome *out = shared;
    gnn_names *entities, *relations;
    gnn_triples triples;
    data_triples_notes notes;
    double start = reading_now();
    if (gnn_names_new(&entities) != GNN_OK || gnn_names_new(&relations) != GNN_OK ||
        data_triples_read(path, NULL, NULL, entities, relations, &triples, &notes) !=
            GNN_OK) {
        fprintf(stderr, "%s\n", gnn_last_error());
        _exit(1);
    }
    *out = (outcome){.seconds = reading_now() - start,
                     .cpu_seconds = (double)clock() / CLOCKS_PER_SEC,
                     .n = triples.n,
                     .n_duplicates = notes.n_duplicates,
                     .n_entities = notes.n_new_entities,
                     .n_relations = notes.n_new_relations};
    out->names_bytes = (double)(gnn_names_bytes(entities) + gnn_names_bytes(relations));
    data_triples_clear(&triples);
    gnn_names_free(entities);
    gnn_names_free(relations);
    _exit(0);
}

static void measure(const char *what, const char *path, int repeats) {
    outcome *shared = reading_shared(sizeof *shared);
    double least = 1e30, cpu = 1e30, peak = 0;
    for (int i = 0; i < repeats; i++) {
        double bytes = reading_watch(read_once, path, shared);
        if (bytes > peak) peak = bytes;
        if (shared->seconds < least) least = shared->seconds;
        if (shared->cpu_seconds < cpu) cpu = shared->cpu_seconds;
    }
    double allowed = 4.0 * 12 * (double)shared->n + shared->names_bytes;
    printf("%-6s %6.3f s (cpu %.3f)   %" PRId64 " triples, %" PRId64 " repeats, %" PRId64
           " entities, %" PRId64 " relations   peak %.1f MB, allowed %.1f\n",
           what, least, cpu, shared->n, shared->n_duplicates, shared->n_entities,
           shared->n_relations, peak / 1e6, allowed / 1e6);
    munmap(shared, sizeof *shared);
}

int main(int argc, char **argv) {
    int64_t n = argc > 1 ? atoll(argv[1]) : 20000000;
    int64_t entities = argc > 2 ? atoll(argv[2]) : 1000000;
    int64_t relations = argc > 3 ? atoll(argv[3]) : 1000;
    int repeats = argc > 4 ? atoi(argv[4]) : 3;
    char folder[512], path[600];
    printf("%d processors\n", gnn_n_processors());
    if (argc == 2 && access(argv[1], R_OK) == 0) {
        measure("file", argv[1], 5);
        return 0;
    }
    if (n < 1 || entities < 2 || entities > INT32_MAX || relations < 1 || repeats < 1) {
        fprintf(stderr, "expected TRIPLES ENTITIES RELATIONS REPEATS above 0\n");
        return 1;
    }
    reading_folder("read_triples", folder, sizeof folder);
    snprintf(path, sizeof path, "%s/train.txt", folder);
    write_triples(path, n, entities, relations);
    reading_compress(path);
    measure("plain", path, repeats);
    unlink(path);
    strcat(path, ".gz");
    measure("gz", path, repeats);
    unlink(path);
    rmdir(folder);
    return 0;
}
