/* A graph as the ops hand it to kernels, and the checks of operands that live on it.
 *
 * Arcs count from 0, also in a range of rows (where the graph's own numbers go on from
 * those of the rows before). A tensor on arcs has a row for each arc of the graph or, for
 * a range of rows, of the whole graph. A tensor on targets may have a row for each target
 * or for each source, of which the targets are row_offset and those that follow. */
#ifndef GNN_OPS_STRUCTURE_H
#define GNN_OPS_STRUCTURE_H

#include "graph/graph.h"
#include "ops/common.h"

typedef struct gnn_i_structure {
    int64_t n_rows, n_cols; /* targets, sources */
    int64_t row_offset;     /* the source that target 0 is */
    gnn_off n_arcs;
    gnn_off n_whole;        /* arcs of the whole graph */
    gnn_off first;          /* number of arc 0 in it */
    const gnn_off *row_ptr; /* (n_rows + 1) from 0 */
    const gnn_id *col;      /* (n_arcs) */
} gnn_i_structure;

/* For plan: describe call->graph. In a range of rows row_ptr is rebased in the step's
 * memory. */
gnn_status gnn_i_structure_of(gnn_i_call *call, gnn_i_structure *structure);

static inline bool gnn_i_is_square(const gnn_i_structure *s) {
    return s->n_rows == s->n_cols;
}

/* ---- for plan: checks ---- */

/* Input i has a row for each source. */
gnn_status gnn_i_need_sources(const gnn_i_call *call, int i, const char *name, int n_axes,
                              const gnn_i_structure *s);
/* … for each target, or for each source. */
gnn_status gnn_i_need_targets(const gnn_i_call *call, int i, const char *name, int n_axes,
                              const gnn_i_structure *s);
/* … for each arc, of the graph or of the whole graph. */
gnn_status gnn_i_need_arcs(const gnn_i_call *call, int i, const char *name, int n_axes,
                           const gnn_i_structure *s);

/* ---- where the graph's part of a tensor begins ---- */

/* Row of input i that belongs to target 0, to arc 0. */
static inline int64_t gnn_i_target_row(const gnn_i_call *call, int i,
                                       const gnn_i_structure *s) {
    return call->in[i]->shape[0] == s->n_rows ? 0 : s->row_offset;
}
static inline int64_t gnn_i_arc_row(const gnn_i_call *call, int i,
                                    const gnn_i_structure *s) {
    return call->in[i]->shape[0] == s->n_arcs ? 0 : s->first;
}
/* Values of input i from target 0, from arc 0 on; NULL when absent. */
const gnn_real *gnn_i_target_values(const gnn_i_call *call, int i,
                                    const gnn_i_structure *s);
const gnn_real *gnn_i_arc_values(const gnn_i_call *call, int i, const gnn_i_structure *s);
/* Gradient of input i from there on. What belongs to nobody here is made zero, and
 * everything is where `adds` says that the kernel only adds; *accumulate tells the kernel
 * whether to add. NULL when no gradient is wanted. */
gnn_real *gnn_i_target_gradient(gnn_i_call *call, int i, const gnn_i_structure *s,
                                bool adds, bool *accumulate);
gnn_real *gnn_i_arc_gradient(gnn_i_call *call, int i, const gnn_i_structure *s, bool adds,
                             bool *accumulate);

/* dx[row_offset + r] += factor[r] dy[r] (factor (n_rows) or NULL: 1): what targets send
 * back to themselves. dx (n_cols, width). scratch: gnn_i_binary_scratch(n_rows, width)
 * bytes. */
void gnn_i_add_to_self(gnn_i_call *call, const gnn_i_structure *s, int64_t width,
                       const gnn_real *factor, const gnn_real *dy, gnn_real *dx,
                       void *scratch);

#endif
