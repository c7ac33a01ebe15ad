/* Shared steps of the ops. */
#include "ops/common.h"

#include "kernels/rows.h"
#include "kernels/spmm.h"

void gnn_i_start_gradient(gnn_i_call *call, int i) {
    if (gnn_i_wants(call, i) && !call->accumulate[i])
        gnn_i_fill(call->n_threads, gnn_tensor_count(call->in[i]), 0, call->d_in[i]);
}

void gnn_i_pass_gradient(gnn_i_call *call, int i) {
    if (!gnn_i_wants(call, i) || call->d_in[i] == call->d_out) return;
    int64_t n = gnn_tensor_count(call->out);
    if (call->accumulate[i])
        gnn_i_axpy(call->n_threads, n, 1, call->d_out, call->d_in[i]);
    else
        gnn_i_copy(call->n_threads, n, call->d_out, call->d_in[i]);
}

void gnn_i_pass_scaled(gnn_i_call *call, int i, gnn_real factor) {
    if (!gnn_i_wants(call, i)) return;
    int64_t n = gnn_tensor_count(call->out);
    if (call->accumulate[i])
        gnn_i_axpy(call->n_threads, n, factor, call->d_out, call->d_in[i]);
    else
        gnn_i_scaled_copy(call->n_threads, n, factor, call->d_out, call->d_in[i]);
}

void gnn_i_pass_column_sums(gnn_i_call *call, int i, void *scratch) {
    if (!gnn_i_wants(call, i)) return;
    gnn_i_column_sums(call->n_threads, gnn_i_rows(call->out), gnn_i_columns(call->out),
                      call->d_out, call->d_in[i], call->accumulate[i], scratch);
}

gnn_status gnn_i_need_count(const gnn_i_call *call, int i, const char *name,
                            int64_t count, const char *owner, const char *unit) {
    gnn_status status = gnn_i_call_need_dense(call, i, 0);
    if (status != GNN_OK) return status;
    int64_t have = gnn_tensor_count(call->in[i]);
    if (have == count) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%s has %lld values, %s has %lld %s",
                           name, (long long)have, owner, (long long)count, unit);
}

gnn_status gnn_i_need_rows(const gnn_i_call *call, int i, const char *name, int n_axes,
                           int64_t rows, const char *owner, const char *unit) {
    gnn_status status = gnn_i_call_need_dense(call, i, n_axes);
    if (status != GNN_OK) return status;
    int64_t have = call->in[i]->shape[0];
    if (have == rows) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%s has %lld rows, %s has %lld %s", name,
                           (long long)have, owner, (long long)rows, unit);
}

gnn_status gnn_i_need_index(const gnn_i_call *call, const char *name, int64_t n,
                            const gnn_id *index, int64_t rows) {
    if (n < 0)
        return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "a list of %lld rows",
                               (long long)n);
    if (n > 0 && !index)
        return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "%s is NULL", name);
    for (int64_t k = 0; k < n; k++)
        if (index[k] < 0 || index[k] >= rows)
            return gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                   "%s[%lld] is %d, there are %lld rows", name,
                                   (long long)k, index[k], (long long)rows);
    return GNN_OK;
}

bool gnn_i_index_ascends(int64_t n, const gnn_id *index) {
    for (int64_t k = 1; k < n; k++)
        if (index[k] <= index[k - 1]) return false;
    return true;
}

gnn_status gnn_i_need_ptr(const gnn_i_call *call, int64_t n, const gnn_id *ptr,
                          int64_t rows) {
    if (n < 0 || !ptr)
        return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "%lld segments, ptr %s",
                               (long long)n, ptr ? "given" : "NULL");
    for (int64_t k = 0; k <= n; k++)
        if (ptr[k] < (k > 0 ? ptr[k - 1] : 0) || ptr[k] > rows)
            return gnn_i_call_fail(
                call, GNN_ERR_ARGUMENT,
                "ptr[%lld] is %d, it has to ascend from 0 to %lld rows", (long long)k,
                ptr[k], (long long)rows);
    return GNN_OK;
}

gnn_status gnn_i_need_heads(const gnn_i_call *call, const char *name, int64_t width,
                            int64_t heads) {
    if (heads < 1 || width % heads != 0)
        return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%s has %lld columns for %lld heads",
                               name, (long long)width, (long long)heads);
    if (heads > GNN_I_MAX_HEADS)
        return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%lld heads, there may be %d",
                               (long long)heads, GNN_I_MAX_HEADS);
    return GNN_OK;
}

gnn_status gnn_i_need_probability(const gnn_i_call *call, gnn_real p) {
    if (p >= 0 && p <= 1) return GNN_OK; /* NaN is neither */
    return gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                           "the probability is %g, expected 0 to 1", (double)p);
}

void gnn_i_scaled_copy(int n_threads, int64_t n, gnn_real factor, const gnn_real *x,
                       gnn_real *y) {
    gnn_i_binary(n_threads, GNN_I_BINARY_MUL, 1, n, x, GNN_I_FULL, &factor, GNN_I_SCALAR,
                 y);
}
