/* Operations on tensors, with gradients. Every op takes the context first and returns a
 * tensor of the step, or NULL when the context holds an error or an input is NULL: so
 * expressions nest, and one check at the end (gnn_backward, gnn_context_status) is
 * enough.
 *
 * Broadcasting: two shapes fit when, aligned at the last axis, lengths agree or one is 1.
 * Gradients flow to every input that requires one. */
#ifndef GNN_OPS_H
#define GNN_OPS_H

#include <gnn/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- arithmetic, with broadcasting ---- */
GNN_API gnn_tensor *gnn_add(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b); /**< a + b */
GNN_API gnn_tensor *gnn_sub(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b); /**< a - b */
GNN_API gnn_tensor *gnn_mul(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b); /**< a ∘ b */
GNN_API gnn_tensor *gnn_div(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b); /**< a / b */
/** max(a, b); a tie sends the gradient to a. */
GNN_API gnn_tensor *gnn_max2(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b);
/** alpha a + beta b for tensors of one shape (b NULL: alpha a). */
GNN_API gnn_tensor *gnn_axpby(gnn_context *ctx, gnn_real alpha, gnn_tensor *a,
                              gnn_real beta, gnn_tensor *b);
GNN_API gnn_tensor *gnn_scale(gnn_context *ctx, gnn_tensor *a, gnn_real factor);
/** a + term. */
GNN_API gnn_tensor *gnn_shift(gnn_context *ctx, gnn_tensor *a, gnn_real term);
/** x + bias, bias (columns) or NULL (then x itself). */
GNN_API gnn_tensor *gnn_bias(gnn_context *ctx, gnn_tensor *x, gnn_tensor *bias);

/* ---- one value at a time ---- */
GNN_API gnn_tensor *gnn_relu(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_leaky_relu(gnn_context *ctx, gnn_tensor *x, gnn_real slope);
GNN_API gnn_tensor *gnn_elu(gnn_context *ctx, gnn_tensor *x, gnn_real alpha);
GNN_API gnn_tensor *gnn_gelu(gnn_context *ctx, gnn_tensor *x); /**< x Φ(x), by erf */
GNN_API gnn_tensor *gnn_silu(gnn_context *ctx, gnn_tensor *x); /**< x σ(x) */
GNN_API gnn_tensor *gnn_tanh(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_sigmoid(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_softplus(gnn_context *ctx, gnn_tensor *x); /**< log(1 + e^x) */
GNN_API gnn_tensor *gnn_exp(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_log(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_square(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_sqrt(gnn_context *ctx, gnn_tensor *x);
GNN_API gnn_tensor *gnn_abs(gnn_context *ctx, gnn_tensor *x);

/** An activation by name ("none" gives x itself): what options of layers and models
 *  name. */
typedef enum gnn_activation {
    GNN_ACT_NONE,
    GNN_ACT_RELU,
    GNN_ACT_LEAKY_RELU,
    GNN_ACT_ELU,
    GNN_ACT_GELU,
    GNN_ACT_SILU,
    GNN_ACT_TANH,
    GNN_ACT_SIGMOID,
    GNN_ACT_SOFTPLUS,
    GNN_N_ACT
} gnn_activation;
/** dropout(activation(x), p) as one op; p 0 or evaluation: the activation alone. */
GNN_API gnn_tensor *gnn_activate(gnn_context *ctx, gnn_tensor *x, gnn_activation kind,
                                 gnn_real dropout);

/** Dropout (Srivastava et al. 2014): in training each value is zero with probability p,
 *  else scaled by 1/(1-p); in evaluation x itself. p is rounded to a multiple of 2^-16.
 *  The mask is recomputed from the random counter when the gradient needs it, never
 *  stored. A sparse x gives a sparse tensor with its stored values dropped. */
GNN_API gnn_tensor *gnn_dropout(gnn_context *ctx, gnn_tensor *x, gnn_real p);

/* ---- products ---- */
/** X W (+ bias): x (n, k) dense or sparse, w (k, m), bias (m) or NULL → (n, m). */
GNN_API gnn_tensor *gnn_matmul(gnn_context *ctx, gnn_tensor *x, gnn_tensor *w,
                               gnn_tensor *bias);
/** alpha X + beta X W, w (k, k): identity-mapped products (GCNII) without a temporary. */
GNN_API gnn_tensor *gnn_matmul_residual(gnn_context *ctx, gnn_tensor *x, gnn_tensor *w,
                                        gnn_real alpha, gnn_real beta);
/** Per head h: out[i,h] = sum_k x[i,h,k] a[h,k]; x (n, heads*k), a (heads, k) → (n,
 *  heads). */
GNN_API gnn_tensor *gnn_head_dot(gnn_context *ctx, gnn_tensor *x, gnn_tensor *a);
GNN_API gnn_tensor *gnn_transpose(gnn_context *ctx, gnn_tensor *x); /**< 2 axes */

/* ---- shape ---- */
GNN_API gnn_tensor *gnn_reshape(gnn_context *ctx, gnn_tensor *x, gnn_axis axis,
                                int n_axes,
                                const int64_t *shape); /**< one length may be -1 */
GNN_API gnn_tensor *gnn_concat(gnn_context *ctx, int n, gnn_tensor *const *parts,
                               int axis); /**< along axis 0 or the last axis */
GNN_API gnn_tensor *gnn_slice(gnn_context *ctx, gnn_tensor *x, int axis, int64_t first,
                              int64_t count); /**< axis 0 or the last axis */

/* ---- rows ---- */
/** out[i] = x[index[i]]; gradient dense. index (n) borrowed until the step ends. */
GNN_API gnn_tensor *gnn_gather(gnn_context *ctx, gnn_tensor *x, gnn_axis axis, int64_t n,
                               const gnn_id *index);
/** out[index[i]] += x[i], out with n_rows rows. */
GNN_API gnn_tensor *gnn_scatter_add(gnn_context *ctx, gnn_tensor *x, gnn_axis axis,
                                    int64_t n_rows, const gnn_id *index);
/** Rows of a table (parameter): as gnn_gather, but the gradient stays row-sparse
 *  (gnn_rows) when nothing but lookups reads the table. */
GNN_API gnn_tensor *gnn_lookup(gnn_context *ctx, gnn_tensor *table, gnn_axis axis,
                               int64_t n, const gnn_id *index);

/* ---- reductions ---- */
typedef enum gnn_reduce { GNN_SUM, GNN_MEAN, GNN_MAX } gnn_reduce;
/** Over one axis, or over everything to a scalar (axis -1). The axis is removed. */
GNN_API gnn_tensor *gnn_reduce_axis(gnn_context *ctx, gnn_tensor *x, gnn_reduce how,
                                    int axis);
/** Row r of the result reduces rows ptr[r] .. ptr[r+1]-1 of x (empty: 0): pooling a
 *  batch. ptr (n+1) borrowed until the step ends. */
GNN_API gnn_tensor *gnn_reduce_segments(gnn_context *ctx, gnn_tensor *x, gnn_reduce how,
                                        int64_t n, const gnn_id *ptr);
GNN_API gnn_tensor *gnn_softmax(gnn_context *ctx, gnn_tensor *x);     /**< last axis */
GNN_API gnn_tensor *gnn_log_softmax(gnn_context *ctx, gnn_tensor *x); /**< last axis */

/* ---- graphs ---- */
/** Weighted aggregation over the arcs that point at each target:
 *  out[r] = reduce_a (weight[a] x[source(a)]) + self ∘ x[r] + bias.
 *  @param x (sources, width) @param weight (arcs) or NULL: the graph's weights, or 1
 *  @param self (targets) or NULL: none
 *  GNN_MEAN divides the sum over arcs by their number; GNN_MAX takes the largest, 0
 *  without arcs. Gradient: to x through the transpose, to weight by an SDDMM, to self by
 *  row dots.
 *  Cost: O(arcs · width). */
GNN_API gnn_tensor *gnn_spmm(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                             gnn_reduce how, gnn_tensor *weight, gnn_tensor *self);
/** Â X (+ bias) with Â = D^-1/2 (A + I) D^-1/2 [Kipf & Welling 2017], weights cached in
 *  the graph. self_loops false: D^-1/2 A D^-1/2. A constant x is multiplied once and
 *  cached. */
GNN_API gnn_tensor *gnn_gcn_propagate(gnn_context *ctx, const gnn_graph *graph,
                                      gnn_tensor *x, bool self_loops, gnn_tensor *bias);
/** alpha (Â X) + beta Y in one pass over memory (APPNP, GCNII). */
GNN_API gnn_tensor *gnn_gcn_propagate_axpby(gnn_context *ctx, const gnn_graph *graph,
                                            gnn_tensor *x, gnn_real alpha, gnn_tensor *y,
                                            gnn_real beta);
/** GCN weights of arcs that carry a weight with a gradient: (arcs) → (arcs + targets):
 *  first the arcs' w_a / sqrt(d_i d_j), then the loops' 1/d_i, d_i = 1 + sum of row i's
 *  w. Square graphs only. */
GNN_API gnn_tensor *gnn_gcn_norm(gnn_context *ctx, const gnn_graph *graph,
                                 gnn_tensor *weight);
/** out[a,h] = sum_k x[target(a),h,k] y[source(a),h,k]: one value an arc and head. */
GNN_API gnn_tensor *gnn_sddmm(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                              gnn_tensor *y, int heads);
/** out[a] = x[source(a)] (+ y[target(a)]) (y NULL: none): features to arcs. */
GNN_API gnn_tensor *gnn_to_arcs(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                                gnn_tensor *y);
/** out[r] = reduce of the rows of arc tensor e (arcs, width) that point at target r. */
GNN_API gnn_tensor *gnn_from_arcs(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *e,
                                  gnn_reduce how);
/** GINE's message, fused: out[r] = sum_a relu(x[source(a)] + e[a]) [Hu et al. 2020]. */
GNN_API gnn_tensor *gnn_spmm_relu_add(gnn_context *ctx, const gnn_graph *graph,
                                      gnn_tensor *x, gnn_tensor *e);

typedef struct gnn_attention_options {
    int heads;
    gnn_real slope;   /**< of the leaky relu */
    gnn_real dropout; /**< on the coefficients, in training */
    bool self_loops;  /**< each target also attends to itself */
} gnn_attention_options;
/** Graph attention [Velickovic et al. 2018]: z (sources, heads*k), a_source, a_target
 *  (heads, k), arc_score (arcs, heads) or NULL.
 *  e = leaky(<a_source, z_j> + <a_target, z_i> + arc_score), α = softmax over row i,
 *  out_i = Σ_j α_ij z_j → (targets, heads*k). Nothing of size arcs·heads·k is stored. */
GNN_API gnn_tensor *gnn_attention(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *z,
                                  gnn_tensor *a_source, gnn_tensor *a_target,
                                  gnn_tensor *arc_score,
                                  const gnn_attention_options *options);
/** GATv2 [Brody et al. 2022]: e = <a, leaky(z_source_j + z_target_i + arc_ij)>, out = Σ α
 *  z_source_j. z_source (sources, heads*k), z_target (targets or sources, heads*k), arc
 *  (arcs, heads*k) or NULL, a (heads, k). */
GNN_API gnn_tensor *gnn_attention2(gnn_context *ctx, const gnn_graph *graph,
                                   gnn_tensor *z_source, gnn_tensor *z_target,
                                   gnn_tensor *arc, gnn_tensor *a,
                                   const gnn_attention_options *options);
/** The rows of x that are the targets of the graph (x itself when they are all). */
GNN_API gnn_tensor *gnn_targets(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x);

/* ---- normalisation: gain and offset (width) or NULL ---- */
GNN_API gnn_tensor *gnn_layer_norm(gnn_context *ctx, gnn_tensor *x, gnn_tensor *gain,
                                   gnn_tensor *offset, gnn_real epsilon);
/** In training statistics are those of the rows, and running ones move by `momentum`
 *  (parameters without gradient, (width), updated in place after the step's forward
 *  pass); in evaluation the running ones are used [Ioffe & Szegedy 2015]. */
GNN_API gnn_tensor *gnn_batch_norm(gnn_context *ctx, gnn_tensor *x, gnn_tensor *gain,
                                   gnn_tensor *offset, gnn_tensor *running_mean,
                                   gnn_tensor *running_var, gnn_real momentum,
                                   gnn_real epsilon);
/** Per graph of a batch and column: (x - shift ∘ mean) / deviation [Cai et al. 2021];
 *  shift (width) learned or NULL: 1. ptr (n+1) as in gnn_reduce_segments. */
GNN_API gnn_tensor *gnn_graph_norm(gnn_context *ctx, gnn_tensor *x, int64_t n,
                                   const gnn_id *ptr, gnn_tensor *shift, gnn_tensor *gain,
                                   gnn_tensor *offset, gnn_real epsilon);

/** A row of `gnn list ops`: every op that the tape knows, by name. */
typedef struct gnn_op_info {
    const char *name;
    const char *formula; /**< one line */
} gnn_op_info;
GNN_API size_t gnn_op_count(void);
GNN_API gnn_op_info gnn_op_get(size_t i);

#ifdef __cplusplus
}
#endif

#endif
