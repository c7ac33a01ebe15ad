/* Tensors: up to four axes, dense in row-major order or constant compressed rows. */
#ifndef GNN_TENSOR_H
#define GNN_TENSOR_H

#include <gnn/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GNN_MAX_AXES 4

typedef enum gnn_dtype {
    GNN_F32,
    GNN_F64,
    GNN_BF16,
    GNN_I32,
    GNN_I64,
    GNN_N_DTYPES
} gnn_dtype;
#if GNN_REAL_DOUBLE
#define GNN_REAL GNN_F64
#else
#define GNN_REAL GNN_F32
#endif

typedef enum gnn_layout {
    GNN_DENSE, /**< row-major, no gaps */
    GNN_SPARSE /**< compressed rows with constant values, 2 axes */
} gnn_layout;

/** What axis 0 counts. */
typedef enum gnn_axis {
    GNN_AXIS_FREE,
    GNN_AXIS_NODE,
    GNN_AXIS_ARC,
    GNN_AXIS_GRAPH
} gnn_axis;

/** The compressed rows of a sparse tensor, with the transpose that its backward pass
 *  reads. */
typedef struct gnn_sparse {
    gnn_off *row_ptr; /**< (rows + 1) */
    gnn_id *col;      /**< (n_values) ascending within a row */
    gnn_real *value;  /**< (n_values) */
    gnn_off *col_ptr; /**< (columns + 1) transpose: entries of each column */
    gnn_id *row;      /**< (n_values) their rows, ascending */
    gnn_id *entry;    /**< (n_values) their places in col/value */
} gnn_sparse;

/** A tensor. Made by gnn_tensor_new* (owned by the caller), by a model (parameters) or by
 *  an op (owned by the context, valid until the next gnn_context_begin). Read the fields;
 *  only `data` of tensors of one's own may be written, and only between steps. */
typedef struct gnn_tensor {
    gnn_dtype dtype;
    gnn_layout layout;
    gnn_axis axis;
    int n_axes;
    int64_t shape[GNN_MAX_AXES]; /**< unused axes are 1 */
    void *data;                  /**< dense: shape[0] * … elements; sparse: NULL */
    gnn_sparse *sparse;          /**< NULL when dense */
    bool requires_grad;          /**< parameters, and what was computed from them */
    bool is_constant;            /**< its values do not change: products with it may be
                                  *   kept; gnn_tensor_set_constant */
    uint64_t id;                 /**< unique in the process for owned tensors, 0 in a
                                  *   step */
    const char *name;            /**< parameters: their name; else NULL */
    int32_t slot;                /**< private: place on the tape, -1 when not there */
} gnn_tensor;

/** A zero-filled dense tensor. shape has n_axes <= 4 places. The caller frees it. */
GNN_API gnn_status gnn_tensor_new(gnn_dtype dtype, gnn_axis axis, int n_axes,
                                  const int64_t *shape, gnn_tensor **tensor);
/** (rows, columns) gnn_real in compressed rows; copies the arrays (row_ptr (rows+1), col
 *  and value (row_ptr[rows]); value NULL: all 1) and builds the transpose.
 *  Errors: GNN_ERR_INPUT when col is not ascending in 0..columns-1 within each row, or a
 *  value is not finite; GNN_ERR_UNSUPPORTED for 2^31 or more values. */
GNN_API gnn_status gnn_tensor_new_sparse(gnn_axis axis, int64_t rows, int64_t columns,
                                         const gnn_off *row_ptr, const gnn_id *col,
                                         const gnn_real *value, gnn_tensor **tensor);
GNN_API void gnn_tensor_free(gnn_tensor *tensor);

/** Promise that the data of a tensor of one's own (features, say) will not change while
 *  it is constant. Graphs then keep sums over neighbours and the like of it from step to
 *  step, of the last few constants each; with is_constant = false the data may be written
 *  again, and what was kept is not used any more. Dense tensors begin as not constant,
 *  sparse ones as constant. gnn_train_nodes needs no such promise. */
GNN_API void gnn_tensor_set_constant(gnn_tensor *tensor, bool is_constant);

/** Product of the axes. */
GNN_API int64_t gnn_tensor_count(const gnn_tensor *tensor);
/** Elements of one row: product of the axes but the first. */
GNN_API int64_t gnn_tensor_width(const gnn_tensor *tensor);
/** Entries stored: the count when dense, the non-zeros when sparse. */
GNN_API int64_t gnn_tensor_n_stored(const gnn_tensor *tensor);
GNN_API size_t gnn_dtype_size(gnn_dtype dtype);
GNN_API const char *gnn_dtype_name(gnn_dtype dtype);
/** data as gnn_real; NULL when the tensor is NULL or of another type or layout. */
GNN_API gnn_real *gnn_tensor_real(const gnn_tensor *tensor);
/** Rows of a sparse or dense gnn_real tensor as a new tensor of the same layout: out row
 *  i is row index[i]. `*rows` is NULL or an earlier result to be refilled without malloc
 *  where it is large enough. Errors: GNN_ERR_ARGUMENT for a row that is not there, or
 *  *rows that was not made here; GNN_ERR_SHAPE for *rows of another width, type or
 *  layout; GNN_ERR_MEMORY. */
GNN_API gnn_status gnn_tensor_take_rows(const gnn_tensor *tensor, int64_t n,
                                        const gnn_id *index, gnn_tensor **rows);
/** A dense copy of a sparse tensor. */
GNN_API gnn_status gnn_tensor_to_dense(const gnn_tensor *sparse, gnn_tensor **dense);

/** Named tensors on a graph: its nodes, arcs, or the graph itself. The graph takes
 *  ownership and frees an earlier tensor of that name. Errors: GNN_ERR_SHAPE when axis 0
 *  does not count what `axis` says. */
GNN_API gnn_status gnn_graph_tensor_set(gnn_graph *graph, gnn_axis axis, const char *name,
                                        gnn_tensor *take);
GNN_API gnn_tensor *gnn_graph_tensor(const gnn_graph *graph, gnn_axis axis,
                                     const char *name);

#ifdef __cplusplus
}
#endif

#endif
