/* Scaling of features. */
#include "text/normalize.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"

/* The values of row v: all of them when dense, the stored ones when sparse. */
static gnn_real *row_values(const gnn_tensor *x, int64_t v, int64_t *n) {
    if (x->layout == GNN_DENSE) {
        *n = x->shape[1];
        return gnn_tensor_real(x) + v * x->shape[1];
    }
    *n = x->sparse->row_ptr[v + 1] - x->sparse->row_ptr[v];
    return x->sparse->value + x->sparse->row_ptr[v];
}

static void scale_rows(const gnn_tensor *x, bool squares) {
    for (int64_t v = 0; v < x->shape[0]; v++) {
        int64_t n;
        gnn_real *row = row_values(x, v, &n);
        double sum = 0;
        for (int64_t j = 0; j < n; j++)
            sum += squares ? (double)row[j] * (double)row[j] : fabs((double)row[j]);
        if (squares) sum = sqrt(sum);
        if (sum == 0) continue;
        for (int64_t j = 0; j < n; j++) row[j] = (gnn_real)((double)row[j] / sum);
    }
}

/* mean_j and deviation_j (1 where it is 0) of the columns, in two passes. */
static gnn_status measure(const gnn_tensor *x, gnn_real **mean, gnn_real **deviation) {
    gnn_status status;
    int64_t n = x->shape[0], width = x->shape[1];
    const gnn_real *value = gnn_tensor_real(x);
    double *sum = NULL, *square = NULL;
    GNN_TRY(gnn_i_calloc(&sum, (size_t)width, sizeof *sum, "statistics"));
    GNN_TRY(gnn_i_calloc(&square, (size_t)width, sizeof *square, "statistics"));
    GNN_TRY(gnn_i_alloc(mean, (size_t)width, sizeof **mean, "statistics"));
    GNN_TRY(gnn_i_alloc(deviation, (size_t)width, sizeof **deviation, "statistics"));
    for (int64_t v = 0; v < n; v++)
        for (int64_t j = 0; j < width; j++) sum[j] += (double)value[v * width + j];
    for (int64_t j = 0; j < width; j++) sum[j] /= (double)n;
    for (int64_t v = 0; v < n; v++)
        for (int64_t j = 0; j < width; j++) {
            double d = (double)value[v * width + j] - sum[j];
            square[j] += d * d;
        }
    for (int64_t j = 0; j < width; j++) {
        (*mean)[j] = (gnn_real)sum[j];
        (*deviation)[j] = (gnn_real)sqrt(square[j] / (double)n);
        if (!((*deviation)[j] > 0)) (*deviation)[j] = 1;
    }
cleanup:
    gnn_i_free(sum);
    gnn_i_free(square);
    return status;
}

static gnn_status copy(const gnn_real *from, int64_t n, gnn_real **to) {
    gnn_status status = gnn_i_alloc(to, (size_t)n, sizeof **to, "statistics");
    if (status == GNN_OK) memcpy(*to, from, (size_t)n * sizeof **to);
    return status;
}

static gnn_status standardize(data_nodes *nodes, const data_schema *schema) {
    gnn_status status = GNN_OK;
    int64_t width = nodes->features->shape[1];
    if (nodes->features->layout == GNN_SPARSE) {
        gnn_tensor *dense;
        GNN_TRY(gnn_tensor_to_dense(nodes->features, &dense));
        gnn_tensor_set_constant(dense, true);
        gnn_tensor_free(nodes->features);
        nodes->features = dense;
    }
    if (schema == NULL) {
        GNN_TRY(measure(nodes->features, &nodes->mean, &nodes->deviation));
    } else {
        GNN_CHECK(schema->mean != NULL && schema->deviation != NULL, GNN_ERR_INPUT,
                  "the model keeps no statistics to standardise features by");
        GNN_TRY(copy(schema->mean, width, &nodes->mean));
        GNN_TRY(copy(schema->deviation, width, &nodes->deviation));
    }
    gnn_real *value = gnn_tensor_real(nodes->features);
    for (int64_t v = 0; v < nodes->features->shape[0]; v++)
        for (int64_t j = 0; j < width; j++, value++)
            *value = (*value - nodes->mean[j]) / nodes->deviation[j];
cleanup:
    return status;
}

static bool any_negative(const gnn_tensor *x) {
    int64_t n = gnn_tensor_n_stored(x);
    const gnn_real *value =
        x->layout == GNN_DENSE ? gnn_tensor_real(x) : x->sparse->value;
    for (int64_t i = 0; i < n; i++)
        if (value[i] < 0) return true;
    return false;
}

/* What is to be done when nobody says. */
static const char *choose(const data_nodes *nodes, const data_options *options) {
    if (nodes->features == NULL) return "none";
    if (options->normalize != NULL) return options->normalize;
    if (options->schema != NULL) return options->schema->normalize;
    if (nodes->normalize != NULL) return nodes->normalize;
    bool was_read = strcmp(nodes->feature_kind, "file") == 0;
    bool is_plain =
        nodes->features->layout == GNN_SPARSE && !any_negative(nodes->features);
    return was_read && is_plain ? "rows" : "none";
}

gnn_status data_i_normalize(data_nodes *nodes, const data_options *options) {
    const char *how = choose(nodes, options);
    gnn_status status = GNN_OK;
    if (strcmp(how, "rows") == 0)
        scale_rows(nodes->features, false);
    else if (strcmp(how, "l2") == 0)
        scale_rows(nodes->features, true);
    else if (strcmp(how, "standard") == 0)
        status = standardize(nodes, options->schema);
    else if (strcmp(how, "none") != 0)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "normalize '%s'; known: none, rows, l2, standard", how);
    if (status != GNN_OK || how == nodes->normalize) return status;
    gnn_i_free(nodes->normalize);
    return gnn_i_strdup(&nodes->normalize, how);
}
