/* igraph's generators. */
#include <math.h>
#include <string.h>

#include "modules/igraph/igraph.h"

/* One call of a generator. */
typedef struct job {
    const data_module_host *host;
    const data_module_value *value; /* by the places in generators.def */
    bool directed;
    data_module_graph *graph;
    igraph_t *made;
} job;

/* A value as a whole number in low .. high. */
static gnn_status whole(const job *j, int i, const char *name, double low, double high,
                        igraph_integer_t *number) {
    const data_module_value *v = &j->value[i];
    *number = 0;
    if (v->n != 1 || v->number[0] != floor(v->number[0]) || v->number[0] < low ||
        v->number[0] > high)
        return j->host->fail(GNN_ERR_ARGUMENT,
                             "%s=%s, expected a whole number of %.0f to %.0f", name,
                             v->text, low, high);
    *number = (igraph_integer_t)v->number[0];
    return GNN_OK;
}

static gnn_status real(const job *j, int i, const char *name, double low, double high,
                       double *number) {
    const data_module_value *v = &j->value[i];
    *number = 0;
    if (v->n != 1 || !(v->number[0] >= low && v->number[0] <= high))
        return j->host->fail(GNN_ERR_ARGUMENT, "%s=%s, expected a number of %g to %g",
                             name, v->text, low, high);
    *number = v->number[0];
    return GNN_OK;
}

static const double LARGEST = 2147483646, MOST_EDGES = 4e9;

/* igraph's code as ours. */
static gnn_status outcome(const job *j, igraph_error_t code) {
    if (code == IGRAPH_SUCCESS) return GNN_OK;
    if (code == IGRAPH_ENOMEM)
        return j->host->fail(GNN_ERR_MEMORY, "out of memory: a graph");
    return j->host->fail(GNN_ERR_ARGUMENT, "%s",
                         module_complaint()[0] != '\0' ? module_complaint()
                                                       : igraph_strerror(code));
}

static gnn_status make_barabasi(job *j) {
    gnn_status status;
    igraph_integer_t n, m;
    double power;
    GNN_TRY(whole(j, 0, "n", 1, LARGEST, &n));
    GNN_TRY(whole(j, 1, "m", 1, 1e6, &m));
    GNN_TRY(real(j, 2, "power", 0, 100, &power));
    GNN_TRY(
        outcome(j, igraph_barabasi_game(j->made, n, power, m, NULL, false, 1, j->directed,
                                        IGRAPH_BARABASI_PSUMTREE, NULL)));
cleanup:
    return status;
}

/* G(n, p), or G(n, m) when a number of edges is given. */
static gnn_status make_erdos(job *j) {
    gnn_status status;
    igraph_integer_t n, edges;
    double p;
    GNN_TRY(whole(j, 0, "n", 1, LARGEST, &n));
    GNN_TRY(real(j, 1, "p", 0, 1, &p));
    GNN_TRY(whole(j, 2, "edges", 0, MOST_EDGES, &edges));
    if (edges > 0)
        status = outcome(
            j, igraph_erdos_renyi_game_gnm(j->made, n, edges, j->directed, false));
    else
        status =
            outcome(j, igraph_erdos_renyi_game_gnp(j->made, n, p, j->directed, false));
cleanup:
    return status;
}

/* Nodes know their blocks: block b holds the nodes behind those of the blocks before
 * it. */
static gnn_status set_groups(job *j, const data_module_value *sizes, igraph_integer_t n) {
    data_module_graph *graph = j->graph;
    gnn_status status =
        j->host->alloc(&graph->group, (size_t)n, sizeof *graph->group, "blocks");
    if (status != GNN_OK) return status;
    graph->n_groups = sizes->n;
    int32_t *out = graph->group;
    for (int b = 0; b < sizes->n; b++)
        for (int64_t i = 0; i < (int64_t)sizes->number[b]; i++) *out++ = b;
    return GNN_OK;
}

static gnn_status make_sbm(job *j) {
    gnn_status status;
    const data_module_value *sizes = &j->value[0];
    double inside, outside, total = 0;
    igraph_matrix_t preference;
    igraph_vector_int_t block;
    GNN_TRY(real(j, 1, "inside", 0, 1, &inside));
    GNN_TRY(real(j, 2, "outside", 0, 1, &outside));
    for (int b = 0; b < sizes->n; b++) {
        double size = sizes->number[b];
        if (!(size >= 1 && size <= LARGEST && size == floor(size)))
            return j->host->fail(GNN_ERR_ARGUMENT,
                                 "sizes=%s, expected whole numbers of 1 or more",
                                 sizes->text);
        total += size;
    }
    if (sizes->n < 1 || total > LARGEST)
        return j->host->fail(GNN_ERR_ARGUMENT,
                             "sizes=%s, expected whole numbers like 50+50", sizes->text);
    if (igraph_matrix_init(&preference, sizes->n, sizes->n) != IGRAPH_SUCCESS)
        return outcome(j, IGRAPH_ENOMEM);
    if (igraph_vector_int_init(&block, sizes->n) != IGRAPH_SUCCESS) {
        igraph_matrix_destroy(&preference);
        return outcome(j, IGRAPH_ENOMEM);
    }
    for (int b = 0; b < sizes->n; b++) {
        VECTOR(block)[b] = (igraph_integer_t)sizes->number[b];
        for (int c = 0; c < sizes->n; c++)
            MATRIX(preference, b, c) = b == c ? inside : outside;
    }
    status = outcome(j, igraph_sbm_game(j->made, (igraph_integer_t)total, &preference,
                                        &block, j->directed, false));
    igraph_matrix_destroy(&preference);
    igraph_vector_int_destroy(&block);
    if (status != GNN_OK) return status;
    status = set_groups(j, sizes, (igraph_integer_t)total);
    if (status != GNN_OK) igraph_destroy(j->made);
cleanup:
    return status;
}

static gnn_status make_small_world(job *j) {
    gnn_status status;
    igraph_integer_t n, neighbours;
    double p;
    GNN_TRY(whole(j, 0, "n", 1, LARGEST, &n));
    GNN_TRY(whole(j, 1, "neighbours", 1, 1e4, &neighbours));
    GNN_TRY(real(j, 2, "p", 0, 1, &p));
    GNN_TRY(outcome(
        j, igraph_watts_strogatz_game(j->made, 1, n, neighbours, p, false, false)));
cleanup:
    return status;
}

static gnn_status make_grid(job *j) {
    gnn_status status;
    const data_module_value *size = &j->value[0];
    igraph_integer_t is_periodic;
    igraph_vector_int_t sides;
    igraph_vector_bool_t circular;
    double total = 1;
    GNN_TRY(whole(j, 1, "periodic", 0, 1, &is_periodic));
    for (int i = 0; i < size->n; i++) {
        total *= size->number[i];
        if (!(size->number[i] >= 1 && size->number[i] == floor(size->number[i]) &&
              total <= LARGEST))
            return j->host->fail(GNN_ERR_ARGUMENT,
                                 "size=%s, expected whole numbers like 30+30",
                                 size->text);
    }
    if (size->n < 1)
        return j->host->fail(GNN_ERR_ARGUMENT,
                             "size=%s, expected whole numbers like 30+30", size->text);
    if (igraph_vector_int_init(&sides, size->n) != IGRAPH_SUCCESS)
        return outcome(j, IGRAPH_ENOMEM);
    if (igraph_vector_bool_init(&circular, size->n) != IGRAPH_SUCCESS) {
        igraph_vector_int_destroy(&sides);
        return outcome(j, IGRAPH_ENOMEM);
    }
    for (int i = 0; i < size->n; i++) {
        VECTOR(sides)[i] = (igraph_integer_t)size->number[i];
        VECTOR(circular)[i] = is_periodic != 0;
    }
    status = outcome(
        j, igraph_square_lattice(j->made, &sides, 1, j->directed, false, &circular));
    igraph_vector_int_destroy(&sides);
    igraph_vector_bool_destroy(&circular);
cleanup:
    return status;
}

/* A complete tree of that many children a node; with none, a random tree, all equally
 * likely. */
static gnn_status make_tree(job *j) {
    gnn_status status;
    igraph_integer_t n, children;
    GNN_TRY(whole(j, 0, "n", 1, LARGEST, &n));
    GNN_TRY(whole(j, 1, "children", 0, LARGEST, &children));
    if (children > 0)
        status = outcome(
            j, igraph_kary_tree(j->made, n, children,
                                j->directed ? IGRAPH_TREE_OUT : IGRAPH_TREE_UNDIRECTED));
    else
        status = outcome(
            j, igraph_tree_game(j->made, n, j->directed, IGRAPH_RANDOM_TREE_LERW));
cleanup:
    return status;
}

static gnn_status make_famous(job *j) {
    gnn_status status = outcome(j, igraph_famous(j->made, j->value[0].text));
    if (status == GNN_ERR_ARGUMENT)
        return j->host->fail(status,
                             "name=%s: igraph knows no such graph (Zachary, Petersen, "
                             "Frucht, Dodecahedron ... are some)",
                             j->value[0].text);
    return status;
}

static const struct {
    const char *name;
    gnn_status (*make)(job *j);
} kinds[] = {
    {"barabasi", make_barabasi},       {"erdos", make_erdos}, {"sbm", make_sbm},
    {"small-world", make_small_world}, {"grid", make_grid},   {"tree", make_tree},
    {"famous", make_famous},
};

gnn_status module_generate(const data_module_host *host, const char *kind,
                           const data_module_value *values, uint64_t seed, bool directed,
                           data_module_graph *graph) {
    size_t which = 0, n = sizeof kinds / sizeof *kinds;
    while (which < n && strcmp(kinds[which].name, kind) != 0) which++;
    if (which == n)
        return host->fail(GNN_ERR_ARGUMENT, "igraph makes no graph '%s'", kind);
    igraph_t made;
    job j = {host, values, directed, graph, &made};
    module_begin();
    /* igraph's generator takes 32 bits or so of a seed. */
    igraph_rng_seed(igraph_rng_default(), (igraph_uint_t)(seed ^ seed >> 32));
    gnn_status status = kinds[which].make(&j);
    if (status != GNN_OK) return status;
    status = module_copy(host, &made, graph);
    igraph_destroy(&made);
    return status;
}
