/* Front ends of the sparse products: they cut rows into blocks and share them out. */
#include "kernels/spmm.h"

#include "kernels/blocks.h"
#include "kernels/table.h"

/* Operations of a walk over rows: arcs and rows, times the width. */
static double walk(const gnn_off *row_ptr, int64_t n_rows, int64_t width) {
    return n_rows > 0 ? (double)(row_ptr[n_rows] - row_ptr[0] + n_rows) * (double)width
                      : 0;
}

static void spmm(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->spmm(args, r0, r1);
}

void gnn_i_spmm(int n_threads, const gnn_i_spmm_args *args) {
    gnn_i_spmm_args s = *args;
    if (s.width <= 0) return;
    if (s.heads < 1) s.heads = 1;
    if (s.ldx == 0) s.ldx = s.width;
    if (s.ldy == 0) s.ldy = s.width;
    if (s.scale == 0) s.scale = 1;
    gnn_i_run_rows(n_threads, walk(s.row_ptr, s.n_rows, s.width), s.row_ptr, s.n_rows,
                   spmm, &s);
}

static void max_backward(const gnn_i_kernels *k, const void *args, int64_t j0,
                         int64_t j1) {
    k->max_backward(args, j0, j1);
}

void gnn_i_spmm_max_backward(int n_threads, int64_t n_sources, const gnn_off *t_ptr,
                             const gnn_id *t_row, const int32_t *perm,
                             const gnn_off *perm64, const gnn_off *row_ptr,
                             const gnn_real *w, int64_t width, const gnn_real *dy,
                             const int32_t *argmax, gnn_real *dx, bool accumulate) {
    gnn_i_transpose_args args = {.t_ptr = t_ptr,
                                 .t_row = t_row,
                                 .perm = perm,
                                 .perm64 = perm64,
                                 .row_ptr = row_ptr,
                                 .w = w,
                                 .width = width,
                                 .dy = dy,
                                 .argmax = argmax,
                                 .dx = dx,
                                 .accumulate = accumulate};
    gnn_i_run_rows(n_threads, 2 * walk(t_ptr, n_sources, width), t_ptr, n_sources,
                   max_backward, &args);
}

typedef struct max_w_args {
    gnn_i_sddmm_args s;
    const int32_t *argmax;
} max_w_args;

static void max_backward_w(const gnn_i_kernels *k, const void *args, int64_t r0,
                           int64_t r1) {
    const max_w_args *m = args;
    k->max_backward_w(&m->s, m->argmax, r0, r1);
}

void gnn_i_spmm_max_backward_w(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                               const gnn_id *col, int64_t width, const gnn_real *dy,
                               const gnn_real *x, const int32_t *argmax, gnn_real *dw,
                               bool accumulate) {
    max_w_args args = {.s = {.row_ptr = row_ptr,
                             .col = col,
                             .width = width,
                             .dy = dy,
                             .x = x,
                             .dw = dw,
                             .accumulate = accumulate},
                       .argmax = argmax};
    gnn_i_run_rows(n_threads, 2 * walk(row_ptr, n_rows, width), row_ptr, n_rows,
                   max_backward_w, &args);
}

static void sddmm(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->sddmm(args, r0, r1);
}

void gnn_i_sddmm(int n_threads, int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col,
                 int heads, int64_t width, const gnn_real *dy, int64_t ldy,
                 const gnn_real *x, int64_t ldx, const gnn_real *row_scale, gnn_real *dw,
                 bool accumulate) {
    gnn_i_sddmm_args args = {.row_ptr = row_ptr,
                             .col = col,
                             .heads = heads < 1 ? 1 : heads,
                             .width = width,
                             .dy = dy,
                             .ldy = ldy ? ldy : width,
                             .x = x,
                             .ldx = ldx ? ldx : width,
                             .row_scale = row_scale,
                             .dw = dw,
                             .accumulate = accumulate};
    gnn_i_run_rows(n_threads, walk(row_ptr, n_rows, width + 16), row_ptr, n_rows, sddmm,
                   &args);
}

typedef struct row_dot_args {
    int64_t width;
    const gnn_real *a, *b;
    gnn_real *y;
    bool accumulate;
} row_dot_args;

static void row_dot(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    const row_dot_args *d = args;
    k->row_dots(d->width, d->a, d->b, d->y, d->accumulate, r0, r1);
}

void gnn_i_row_dot(int n_threads, int64_t n_rows, int64_t width, const gnn_real *a,
                   const gnn_real *b, gnn_real *y, bool accumulate) {
    row_dot_args args = {width, a, b, y, accumulate};
    gnn_i_run_range(n_threads, (double)n_rows * (double)(width + 16), n_rows, 16, row_dot,
                    &args);
}

static void relu_add(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->relu_add(args, r0, r1);
}
static void relu_add_de(const gnn_i_kernels *k, const void *args, int64_t r0,
                        int64_t r1) {
    k->relu_add_de(args, r0, r1);
}
static void relu_add_dx(const gnn_i_kernels *k, const void *args, int64_t j0,
                        int64_t j1) {
    k->relu_add_dx(args, j0, j1);
}

void gnn_i_spmm_relu_add(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                         const gnn_id *col, int64_t width, const gnn_real *x,
                         const gnn_real *e, gnn_real *y) {
    gnn_i_relu_add_args args = {
        .row_ptr = row_ptr, .col = col, .width = width, .x = x, .e = e, .y = y};
    gnn_i_run_rows(n_threads, 2 * walk(row_ptr, n_rows, width), row_ptr, n_rows, relu_add,
                   &args);
}

void gnn_i_spmm_relu_add_backward(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                                  const gnn_id *col, int64_t n_sources,
                                  const gnn_off *t_ptr, const gnn_id *t_row,
                                  const int32_t *perm, const gnn_off *perm64,
                                  int64_t width, const gnn_real *x, const gnn_real *e,
                                  const gnn_real *dy, gnn_real *dx, gnn_real *de) {
    gnn_i_relu_add_args args = {.row_ptr = row_ptr,
                                .col = col,
                                .t_ptr = t_ptr,
                                .t_row = t_row,
                                .perm = perm,
                                .perm64 = perm64,
                                .width = width,
                                .x = x,
                                .e = e,
                                .dy = dy,
                                .dx = dx,
                                .de = de};
    if (de)
        gnn_i_run_rows(n_threads, 2 * walk(row_ptr, n_rows, width), row_ptr, n_rows,
                       relu_add_de, &args);
    if (dx)
        gnn_i_run_rows(n_threads, 2 * walk(t_ptr, n_sources, width), t_ptr, n_sources,
                       relu_add_dx, &args);
}
