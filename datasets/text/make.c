/* Features from the graph alone. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "text/normalize.h"
#include "text/scan.h"
#include "text/split.h"

/* ---- degree ----
 *
 * Column 0 is log(1 + d) / 10, which keeps the order of degrees; then a one-hot code: a
 * column each for the degrees 0 .. 15, which tell leaves and paths apart, and one for
 * each octave 16-31, 32-63 … 2^19 and more, where only the magnitude counts. The layout
 * is the same for every graph, so that a model carries over. */
enum {
    DEGREE_SMALL = 16,
    DEGREE_OCTAVES = 16,
    DEGREE_COLUMNS = 1 + DEGREE_SMALL + DEGREE_OCTAVES
};

static gnn_id degree_column(int64_t degree) {
    if (degree < DEGREE_SMALL) return (gnn_id)(1 + degree);
    int octave = 63 - __builtin_clzll((unsigned long long)degree) - 4;
    return (gnn_id)(1 + DEGREE_SMALL +
                    (octave < DEGREE_OCTAVES ? octave : DEGREE_OCTAVES - 1));
}

static gnn_status make_degree(const gnn_graph *graph, gnn_tensor **features) {
    gnn_status status;
    gnn_id n = gnn_graph_n_nodes(graph);
    const gnn_csr *csr = gnn_graph_csr(graph);
    gnn_off *row_ptr = NULL;
    gnn_id *column = NULL;
    gnn_real *value = NULL;
    GNN_TRY(gnn_i_alloc(&row_ptr, (size_t)n + 1, sizeof *row_ptr, "features"));
    GNN_TRY(gnn_i_alloc(&column, 2 * (size_t)n, sizeof *column, "features"));
    GNN_TRY(gnn_i_alloc(&value, 2 * (size_t)n, sizeof *value, "features"));
    for (gnn_id v = 0; v < n; v++) {
        int64_t degree = csr->row_ptr[v + 1] - csr->row_ptr[v];
        row_ptr[v] = 2 * (gnn_off)v;
        column[2 * (size_t)v] = 0;
        value[2 * (size_t)v] = (gnn_real)(log1p((double)degree) / 10);
        column[2 * (size_t)v + 1] = degree_column(degree);
        value[2 * (size_t)v + 1] = 1;
    }
    row_ptr[n] = 2 * (gnn_off)n;
    GNN_TRY(gnn_tensor_new_sparse(GNN_AXIS_NODE, n, DEGREE_COLUMNS, row_ptr, column,
                                  value, features));
cleanup:
    gnn_i_free(row_ptr);
    gnn_i_free(column);
    gnn_i_free(value);
    return status;
}

/* ---- onehot ---- */

static gnn_status make_onehot(gnn_id n, gnn_tensor **features) {
    gnn_status status;
    gnn_off *row_ptr = NULL;
    gnn_id *column = NULL;
    GNN_TRY(gnn_i_alloc(&row_ptr, (size_t)n + 1, sizeof *row_ptr, "features"));
    GNN_TRY(gnn_i_alloc(&column, (size_t)n, sizeof *column, "features"));
    for (gnn_id v = 0; v < n; v++) {
        row_ptr[v] = v;
        column[v] = v;
    }
    row_ptr[n] = n;
    GNN_TRY(gnn_tensor_new_sparse(GNN_AXIS_NODE, n, n, row_ptr, column, NULL, features));
cleanup:
    gnn_i_free(row_ptr);
    gnn_i_free(column);
    return status;
}

/* ---- random ---- */

enum { RANDOM_BLOCK = 1024, RANDOM_WIDEST = 65536, WORDS_A_NORMAL = 4 };

typedef struct random_job {
    gnn_real *value;
    int64_t n, width;
    uint64_t seed;
} random_job;

static void fill_rows(void *argument, int64_t block, int thread) {
    (void)thread;
    const random_job *job = argument;
    int64_t first = block * RANDOM_BLOCK * job->width;
    int64_t last = (block + 1) * RANDOM_BLOCK < job->n
                       ? (block + 1) * RANDOM_BLOCK * job->width
                       : job->n * job->width;
    double scale = 1 / sqrt((double)job->width);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, job->seed, DATA_I_FEATURE_STREAM);
    gnn_i_rng_seek(&rng, (uint64_t)first * WORDS_A_NORMAL);
    for (int64_t i = first; i < last; i++)
        job->value[i] = (gnn_real)(scale * gnn_i_rng_normal(&rng));
}

static gnn_status make_random(gnn_id n, const char *width, const data_options *options,
                              gnn_tensor **features) {
    gnn_id columns;
    data_i_field field = {width, strlen(width)};
    if (data_i_parse_integer(field, &columns) != DATA_I_INTEGER || columns < 1 ||
        columns > RANDOM_WIDEST)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "features 'random:%s', expected a width of 1 to %d", width,
                        RANDOM_WIDEST);
    gnn_status status =
        gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){n, columns}, features);
    if (status != GNN_OK) return status;
    gnn_tensor_set_constant(*features, true);
    random_job job = {gnn_tensor_real(*features), n, columns, options->seed};
    int threads = options->n_threads > 0 ? options->n_threads : gnn_n_processors();
    gnn_parallel_for(threads, ((int64_t)n + RANDOM_BLOCK - 1) / RANDOM_BLOCK, fill_rows,
                     &job);
    return GNN_OK;
}

gnn_status data_i_make_features(data_nodes *nodes, const char *kind,
                                const data_options *options) {
    gnn_status status = GNN_OK;
    gnn_id n = gnn_graph_n_nodes(nodes->graph);
    gnn_tensor_free(nodes->features);
    gnn_names_free(nodes->vocabulary);
    nodes->features = NULL;
    nodes->vocabulary = NULL;
    if (strcmp(kind, "none") == 0) return GNN_OK;
    if (strcmp(kind, "degree") == 0)
        status = make_degree(nodes->graph, &nodes->features);
    else if (strcmp(kind, "onehot") == 0)
        status = make_onehot(n, &nodes->features);
    else
        status = make_random(n, kind + strlen("random:"), options, &nodes->features);
    if (status != GNN_OK) return status;
    const data_schema *schema = options->schema;
    if (schema != NULL && schema->n_features != nodes->features->shape[1])
        return gnn_fail(GNN_ERR_INPUT,
                        "%s features have %" PRId64 " columns here, expected the "
                        "%" PRId64 " of the model",
                        kind, nodes->features->shape[1], schema->n_features);
    return GNN_OK;
}
