/* Finite differences, and one training step for all who compare such steps. */
#include "support/gradcheck.h"

#include <math.h>

#include <gnn/ops.h>

#include "core/poison.h"
#include "tensor/context.h"

/* Any step number; the same one draws the same masks. */
enum { STEP = 7, FOLD_SEED = 99 };

gnn_status support_tensor(gnn_axis axis, int n_axes, const int64_t *shape, double low,
                          double high, uint64_t seed, bool requires_grad,
                          gnn_tensor **tensor) {
    gnn_status status = gnn_tensor_new(GNN_REAL, axis, n_axes, shape, tensor);
    if (status != GNN_OK) return status;
    gnn_real *x = (*tensor)->data;
    size_t n = (size_t)gnn_tensor_count(*tensor);
    support_fill(x, n, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = (gnn_real)(low + (high - low) * ((double)x[i] + 1) / 2);
    (*tensor)->requires_grad = requires_grad;
    return GNN_OK;
}

/* The weight of element i of y in L. */
static double fold(int64_t i) {
    return (double)(support_bits(FOLD_SEED, (uint64_t)i) >> 11) * 0x1p-53 - .5;
}

/* ---- one step, taken twice: the second time in memory that the first made ---- */

static gnn_tensor *folded_loss(gnn_context *ctx, gnn_tensor *y) {
    if (!y) return NULL;
    gnn_tensor *r = gnn_step_tensor(ctx, y->axis, y->n_axes, y->shape);
    if (!r) return NULL;
    gnn_real *values = r->data;
    for (int64_t i = 0; i < gnn_tensor_count(y); i++) values[i] = (gnn_real)fold(i);
    return gnn_reduce_axis(ctx, gnn_mul(ctx, y, r), GNN_SUM, -1);
}

/* A copy of the gradient of x. */
static gnn_real *gradient_of(gnn_context *ctx, const gnn_tensor *x) {
    int64_t n = gnn_tensor_count(x), width = gnn_tensor_width(x);
    gnn_real *copy = calloc((size_t)n + 1, sizeof *copy);
    const gnn_real *dense = gnn_gradient(ctx, x);
    gnn_rows rows;
    if (dense)
        memcpy(copy, dense, (size_t)n * sizeof *copy);
    else if (gnn_gradient_rows(ctx, x, &rows))
        for (int64_t k = 0; k < rows.n; k++)
            memcpy(copy + rows.index[k] * width, rows.values + k * width,
                   (size_t)width * sizeof *copy);
    return copy;
}

/* Fill the step's memory with NaN, so that whatever an op forgets to write is seen. */
static void soil(gnn_context *ctx) {
    if (gnn_i_poison_active()) return; /* then somebody else watches */
    gnn_context_begin(ctx, GNN_TRAIN, STEP);
    memset(ctx->values.base, 0xff, ctx->values.committed);
    memset(ctx->gradients.base, 0xff, ctx->gradients.committed);
}

/* The step itself; *out is the result of f. */
static gnn_status run_step(gnn_context *ctx, support_function f, void *argument,
                           bool wanted, gnn_tensor *const *x, gnn_tensor **out) {
    gnn_context_begin(ctx, GNN_TRAIN, STEP);
    *out = f(ctx, x, argument);
    if (!wanted) return gnn_context_status(ctx);
    return gnn_backward(ctx, folded_loss(ctx, *out));
}

gnn_status support_step(gnn_context *ctx, support_function f, void *argument, int n,
                        gnn_tensor *const *x, gnn_real **y, int64_t *n_y, gnn_real **d) {
    bool wanted = false;
    for (int i = 0; i < n; i++) wanted |= x[i]->requires_grad;
    gnn_tensor *out;
    gnn_status status = run_step(ctx, f, argument, wanted, x, &out);
    if (status != GNN_OK) return status;
    soil(ctx);
    status = run_step(ctx, f, argument, wanted, x, &out);
    if (status != GNN_OK) return status;
    bool sparse = out->layout == GNN_SPARSE;
    const gnn_real *values = sparse ? out->sparse->value : out->data;
    *n_y = gnn_tensor_n_stored(out);
    *y = malloc(((size_t)*n_y + 1) * sizeof **y);
    memcpy(*y, values, (size_t)*n_y * sizeof **y);
    for (int i = 0; i < n; i++)
        d[i] = x[i]->requires_grad ? gradient_of(ctx, x[i]) : NULL;
    return GNN_OK;
}

/* ---- differences ---- */

#if GNN_REAL_DOUBLE
/* L as it stands, by a training step without a backward pass. */
static double value_of(gnn_context *ctx, support_function f, void *argument,
                       gnn_tensor *const *x) {
    gnn_context_begin(ctx, GNN_TRAIN, STEP);
    const gnn_tensor *y = f(ctx, x, argument);
    ck_assert_ok(gnn_context_status(ctx));
    const gnn_real *values = y->data;
    double sum = 0;
    for (int64_t i = 0; i < gnn_tensor_count(y); i++) sum += fold(i) * (double)values[i];
    return sum;
}

static void compare(const char *name, int input, int64_t i, double gradient,
                    double difference, double floor) {
    double scale = fmax(fmax(fabs(gradient), fabs(difference)), floor);
    double error = fabs(gradient - difference) / scale;
    if (!(error <= SUPPORT_GRADIENT_TOLERANCE))
        ck_abort_msg("%s: gradient of input %d at %lld is %.12g, differences give %.12g "
                     "(error %.2g)",
                     name, input, (long long)i, gradient, difference, error);
}

static void check_input(const char *name, gnn_context *ctx, support_function f,
                        void *argument, gnn_tensor *const *x, int input,
                        const gnn_real *d) {
    int64_t n = gnn_tensor_count(x[input]);
    gnn_real *at = x[input]->data;
    double largest = 1;
    for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)d[i]));
    for (int64_t i = 0; i < n; i++) {
        gnn_real was = at[i];
        at[i] = was + (gnn_real)SUPPORT_GRADIENT_STEP;
        double above = value_of(ctx, f, argument, x);
        at[i] = was - (gnn_real)SUPPORT_GRADIENT_STEP;
        double below = value_of(ctx, f, argument, x);
        at[i] = was;
        double difference = (above - below) / (2 * SUPPORT_GRADIENT_STEP);
        compare(name, input, i, (double)d[i], difference, largest / 100);
    }
}
#else
static void check_input(const char *name, gnn_context *ctx, support_function f,
                        void *argument, gnn_tensor *const *x, int input,
                        const gnn_real *d) {
    (void)ctx, (void)f, (void)argument;
    for (int64_t i = 0; i < gnn_tensor_count(x[input]); i++)
        if (!isfinite(d[i]))
            ck_abort_msg("%s: gradient of input %d at %lld is %g", name, input,
                         (long long)i, (double)d[i]);
}
#endif

void support_check_gradient(const char *name, support_function f, void *argument, int n,
                            gnn_tensor *const *x) {
    gnn_context *ctx;
    gnn_real *y, **d = calloc((size_t)n + 1, sizeof *d);
    int64_t n_y;
    ck_assert_ok(gnn_context_new(1, 5, &ctx));
    gnn_status status = support_step(ctx, f, argument, n, x, &y, &n_y, d);
    if (status != GNN_OK)
        ck_abort_msg("%s: %s: %s", name, gnn_status_name(status), gnn_last_error());
    for (int64_t i = 0; i < n_y; i++)
        if (!isfinite(y[i]))
            ck_abort_msg("%s: output %lld is %g", name, (long long)i, (double)y[i]);
    for (int i = 0; i < n; i++)
        if (d[i]) check_input(name, ctx, f, argument, x, i, d[i]);
    for (int i = 0; i < n; i++) free(d[i]);
    free(d);
    free(y);
    gnn_context_free(ctx);
}
