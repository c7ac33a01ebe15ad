/* Segments (graphs of a batch, arcs of a node) and row indices: reduce, softmax, gather,
 * scatter-add. Segment s is the items ptr[s] <= k < ptr[s+1]; empty segments give 0. */
#ifndef GNN_KERNELS_SEGMENT_H
#define GNN_KERNELS_SEGMENT_H

#include "kernels/spmm.h"

/* y[s,c] = or += reduce_{k in s} x[i_k, c], i_k = index[k], or k where index is NULL.
 * @param argmax (n_segments, width) for GNN_I_MAX (may be NULL): place in the segment, or
 *         -1.
 * accumulate is not for GNN_I_MAX. */
void gnn_i_segment_reduce(int n_threads, gnn_i_reduce reduce, int64_t n_segments,
                          const gnn_off *ptr, const gnn_id *index, int64_t width,
                          const gnn_real *x, gnn_real *y, int32_t *argmax,
                          bool accumulate);
/* Gradient for contiguous segments (index NULL): dx[k,c] = or += dy[s,c] (SUM),
 * dy[s,c]/|s| (MEAN), [argmax[s,c] = k - ptr[s]] dy[s,c] (MAX). Items outside of all
 * segments are left. */
void gnn_i_segment_reduce_backward(int n_threads, gnn_i_reduce reduce, int64_t n_segments,
                                   const gnn_off *ptr, int64_t width, const gnn_real *dy,
                                   const int32_t *argmax, gnn_real *dx, bool accumulate);

/* y[k,c] = exp(x[k,c]) / Σ_{l in s} exp(x[l,c]) for each segment s and column c, shifted
 * by the maximum. y may be x. */
void gnn_i_segment_softmax(int n_threads, int64_t n_segments, const gnn_off *ptr,
                           int64_t width, const gnn_real *x, gnn_real *y);
/* dx[k,c] = or += y[k,c] (dy[k,c] - Σ_{l in s} y[l,c] dy[l,c]). dx may be dy. */
void gnn_i_segment_softmax_backward(int n_threads, int64_t n_segments, const gnn_off *ptr,
                                    int64_t width, const gnn_real *y, const gnn_real *dy,
                                    gnn_real *dx, bool accumulate);

/* y[i,:] = or += x[index[i],:]. */
void gnn_i_gather_rows(int n_threads, int64_t n, const gnn_id *index, int64_t width,
                       const gnn_real *x, gnn_real *y, bool accumulate);
/* y[index[i],:] += x[i,:], in ascending i for each row; rows of y that no i names are
 * left. Threads share the columns, so no order of the index is needed. For long lists
 * that repeat much, gnn_i_index_csr and gnn_i_segment_reduce share the rows. */
void gnn_i_scatter_add_rows(int n_threads, int64_t n, const gnn_id *index, int64_t width,
                            const gnn_real *x, gnn_real *y);
/* The places of each target in a list: ptr (n_targets + 1) and order (n) such that
 * index[order[k]] = t for ptr[t] <= k < ptr[t+1], ascending: a counting sort, one thread.
 * y[t] += Σ x[order[k]] is then gnn_i_segment_reduce(…, ptr, order, …). */
void gnn_i_index_csr(int64_t n, const gnn_id *index, int64_t n_targets, gnn_off *ptr,
                     gnn_id *order);

#endif
