/* What the ops share: access to operands, memory inside one block, gradients that begin
 * at zero, and checks with messages that name the op. */
#ifndef GNN_OPS_COMMON_H
#define GNN_OPS_COMMON_H

#include "kernels/elementwise.h"
#include "tensor/tape.h"

/* ---- operands ---- */

/* Values of input i; NULL when it is absent (or sparse). */
static inline const gnn_real *gnn_i_in(const gnn_i_call *call, int i) {
    return i < call->n_inputs && call->in[i] ? call->in[i]->data : NULL;
}
static inline gnn_real *gnn_i_out(const gnn_i_call *call) {
    return call->out->data;
}
/* Length of the last axis, and how many such rows there are: a tensor as a matrix. */
static inline int64_t gnn_i_columns(const gnn_tensor *t) {
    return t->n_axes > 0 ? t->shape[t->n_axes - 1] : 1;
}
static inline int64_t gnn_i_rows(const gnn_tensor *t) {
    int64_t rows = 1;
    for (int i = 0; i + 1 < t->n_axes; i++) rows *= t->shape[i];
    return rows;
}
static inline bool gnn_i_training(const gnn_i_call *call) {
    return gnn_context_mode(call->ctx) == GNN_TRAIN;
}

/* ---- memory ---- */

/* Hands out the parts of a block whose size gnn_i_call_add_bytes summed up, in that
 * order. */
typedef struct gnn_i_parts {
    char *at;
} gnn_i_parts;
static inline void *gnn_i_part(gnn_i_parts *parts, int64_t count, size_t size) {
    void *part = parts->at;
    parts->at += ((size_t)count * size + 63) / 64 * 64;
    return part;
}
/* For plan: *bytes = max(*bytes, need), for scratch that several kernels use in turn. */
static inline void gnn_i_at_least(size_t *bytes, size_t need) {
    if (*bytes < need) *bytes = need;
}

/* ---- gradients ---- */

/* For kernels that add: make d_in[i] zero unless it holds something already. */
void gnn_i_start_gradient(gnn_i_call *call, int i);
/* d_in[i] = or += d_out, for inputs of the output's shape. */
void gnn_i_pass_gradient(gnn_i_call *call, int i);
/* d_in[i] = or += factor d_out. */
void gnn_i_pass_scaled(gnn_i_call *call, int i, gnn_real factor);
/* d_in[i] = or += column sums of d_out, for a bias that was added to each row of the
 * output. scratch: gnn_i_column_scratch bytes. */
void gnn_i_pass_column_sums(gnn_i_call *call, int i, void *scratch);

/* ---- checks ---- */

/* Input i, called `name`, is dense and holds as many values as `owner` has `unit`, else:
 * "bias has 3 values, x has 4 columns". */
gnn_status gnn_i_need_count(const gnn_i_call *call, int i, const char *name,
                            int64_t count, const char *owner, const char *unit);
/* … is dense with n_axes axes (0: any) and as many rows as `owner` has `unit`. */
gnn_status gnn_i_need_rows(const gnn_i_call *call, int i, const char *name, int n_axes,
                           int64_t rows, const char *owner, const char *unit);
/* index[k] < rows and >= 0 for all k < n. */
gnn_status gnn_i_need_index(const gnn_i_call *call, const char *name, int64_t n,
                            const gnn_id *index, int64_t rows);
/* Whether no row is listed twice, as far as one look tells: each number is above the one
 * before. */
bool gnn_i_index_ascends(int64_t n, const gnn_id *index);
/* 0 <= ptr[0] <= ptr[1] <= … <= ptr[n] <= rows. */
gnn_status gnn_i_need_ptr(const gnn_i_call *call, int64_t n, const gnn_id *ptr,
                          int64_t rows);
/* `width` columns of `name` are `heads` heads, no more than the kernels take. */
gnn_status gnn_i_need_heads(const gnn_i_call *call, const char *name, int64_t width,
                            int64_t heads);
/* Probability p of a dropout is in 0 .. 1. */
gnn_status gnn_i_need_probability(const gnn_i_call *call, gnn_real p);

/* y = factor x. */
void gnn_i_scaled_copy(int n_threads, int64_t n, gnn_real factor, const gnn_real *x,
                       gnn_real *y);

#endif
